defmodule Store.CacheTest do
#               ^^^^^^^^^ definition.module Store.CacheTest
#               ^^^^^^^^^ test
  use ExUnit.Case, async: true

  describe "get/2" do
#           ^^^^^ definition.namespace Store.CacheTest.get/2
    test "finds what was put", %{cache: cache} do
#         ^^^^^^^^^^^^^^^^^^ definition.function Store.CacheTest.get/2.finds what was put
#         ^^^^^^^^^^^^^^^^^^ test
      assert Store.Cache.get(cache, :a) == 1
#                        ^^^ reference.call in Store.CacheTest.get/2.finds what was put on Store.Cache
    end
  end
end
