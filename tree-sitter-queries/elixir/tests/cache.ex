defmodule Store.Cache do
#               ^^^^^ definition.module Store.Cache
#               ^^^^^ doc Keeps what was fetched
#               ^^^^^ signature defmodule Store.Cache
# <- chunk.start Store.Cache
  @moduledoc """
  Keeps what was fetched.
  """
  use GenServer, restart: :temporary
#     ^^^^^^^^^ reference.implements in Store.Cache
  import Store.Query, only: [from: 2]
#        ^^^^^^^^^^^ import Store.Query
  alias Store.{Repo, User}
#              ^^^^ import Store.Repo
#                    ^^^^ import Store.User
  alias Store.Helpers, as: H
#       ^^^^^^^^^^^^^ import Store.Helpers as H
  @behaviour Store.Backend
#                  ^^^^^^^ reference.implements in Store.Cache
# ^^^^^^^^^^ !definition
  @timeout 5_000
#  ^^^^^^^ definition.constant Store.Cache.timeout
  @type t :: %__MODULE__{name: String.t()}
#       ^ definition.type Store.Cache.t
  @opaque pair(a) :: {a, a}
#         ^^^^ definition.type Store.Cache.pair
  @callback fetch(key :: atom) :: {:ok, term} | :error
#           ^^^^^ definition.method Store.Cache.fetch
  defstruct [:name, size: 0]
# ^^^^^^^^^ !definition
#             ^^^^ definition.field Store.Cache.name
#                   ^^^^ definition.field Store.Cache.size

  defguard is_big(x) when x > 10
#          ^^^^^^ definition.macro Store.Cache.is_big
  defdelegate put(cache, value), to: Store.Backend
#             ^^^ definition.function Store.Cache.put

  @doc """
# ^^^^ chunk.start Store.Cache.get
  Gets a key.
  """
  @spec get(t, atom) :: term
#       ^^^ !reference
  def get(cache, key \\ nil)
#     ^^^ definition.function Store.Cache.get
#     ^^^ doc Gets a key
  def get(%{name: name} = cache, key) when is_atom(key) do
#     ^^^ !definition
#                                          ^^^^^^^ reference.call in Store.Cache.get
    value = Map.get(cache, key)
#               ^^^ reference.call in Store.Cache.get on Map
#                   ^^^^^ !reference
#                          ^^^ !reference
    case value do
      {:ok, found} -> H.wrap(found, @timeout)
#                       ^^^^ reference.call in Store.Cache.get on H
#                            ^^^^^ !reference
#                                    ^^^^^^^ reference.read in Store.Cache.get
      nil -> default()
#            ^^^^^^^ reference.call in Store.Cache.get
    end

    value |> Enum.map(&helper/1) |> :ets.insert()
#                      ^^^^^^ reference.read in Store.Cache.get
#                                        ^^^^^^ reference.call on :ets
    %User{name: name}
#    ^^^^ reference.type in Store.Cache.get
  end

  def get(_, _), do: nil
# ^^^ chunk.end Store.Cache.get

  defp helper(x), do: x
#      ^^^^^^ definition.function Store.Cache.helper
#      ^^^^^^ !doc

  @doc false
  defmacro unless_big(value, do: block) do
#          ^^^^^^^^^^ definition.macro Store.Cache.unless_big
    quote do
      unquote(block)
      quote(do: @type(hidden :: atom))
#                     ^^^^^^ !definition
    end
  end

  def left ~> right, do: combine(left, right)
#          ^^ definition.function Store.Cache.~>
#                        ^^^^^^^ reference.call in Store.Cache.~>

  @impl true
  def init(state), do: {:ok, state}
#     ^^^^ definition.function Store.Cache.init
#     ^^^^ !test
end

defprotocol Size do
#           ^^^^ definition.interface Size
  @doc "How large it is."
  def size(data)
#     ^^^^ definition.method Size.size
#     ^^^^ doc How large
end

defimpl Size, for: Store.Cache do
#       ^^^^ definition.impl Store.Cache.Size
#       ^^^^ reference.implements
  def size(cache), do: cache.size
#     ^^^^ definition.method Store.Cache.Size.size
end
