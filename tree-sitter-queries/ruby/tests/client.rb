# frozen_string_literal: true

require "set"
#        ^^^ import set
require_relative "../lib/store"
#                 ^^^^^^^^^^^^ import ../lib/store as store
autoload :Json, "net/json"
#                ^^^^^^^^ import net/json as json

# Talks to the outside.
# <- chunk.start Net
module Net
#      ^^^ definition.module Net
#      ^^^ doc Talks to the outside
  VERSION = "1.0"
# ^^^^^^^ definition.constant Net::VERSION
  Point = Struct.new(:x, :y) do
# ^^^^^ definition.struct Net::Point
#                     ^ definition.field Net::Point::x
    def norm = Math.sqrt(x * y)
#       ^^^^ definition.method Net::Point::norm
#                   ^^^^ reference.call in Net::Point::norm on Math
  end
  TimedOut = Class.new(StandardError)
# ^^^^^^^^ definition.class Net::TimedOut
#                      ^^^^^^^^^^^^^ reference.implements in Net::TimedOut

  # One connection.
# ^ chunk.start Net::Client
  # It is not shared.
  class Client < Base::Thing
#       ^^^^^^ definition.class Net::Client
#       ^^^^^^ doc It is not shared
#                      ^^^^^ reference.implements in Net::Client on Base
    include Enumerable
#           ^^^^^^^^^^ reference.implements in Net::Client
#   ^^^^^^^ !reference
    attr_accessor :host, :port
#                  ^^^^ definition.property Net::Client::host
#                         ^^^^ definition.property Net::Client::port
    @@opened = 0
#   ^^^^^^^^ definition.field Net::Client::@@opened
    belongs_to :pool
#               ^^^^ definition.property Net::Client::pool
    delegate :each, to: :items
#             ^^^^ definition.method Net::Client::each

    # Dials.
    def initialize(host, port = 80, *rest, key:, &block)
#       ^^^^^^^^^^ definition.method Net::Client::initialize
#       ^^^^^^^^^^ doc Dials
#       ^^^^^^^^^^ signature def initialize(host, port = 80, *rest, key:, &block)
      @host = normalise(host, rest)
#             ^^^^^^^^^ reference.call in Net::Client::initialize
#                       ^^^^ !reference
      @@opened += 1
#     ^^^^^^^^ reference.read in Net::Client::initialize
    end

    class << self
      def build(**options) = new(**options)
#         ^^^^^ definition.method Net::Client::build
      private
#     ^^^^^^^ !reference
    end

    def self.open(url)
#            ^^^^ definition.method Net::Client::open
      client = new(url)
#     ^^^^^^ !definition
      yield client
#           ^^^^^^ !reference
      client&.close
#             ^^^^^ reference.call in Net::Client::open on client
      Net::Registry.lookup(url).each { |key, (left, right)| puts key, left, fallback }
#                   ^^^^^^ reference.call in Net::Client::open on Net::Registry
#          ^^^^^^^^ reference.type on Net
#                                                                     ^^^^ !reference
#                                                                           ^^^^^^^^ reference.read
    rescue Timeout::Error => e
      raise ArgumentError, VERSION
#           ^^^^^^^^^^^^^ reference.type in Net::Client::open
#                          ^^^^^^^ reference.read in Net::Client::open
    end

    define_method(:ping) { |word| send(:pong, word) }
#                  ^^^^ definition.method Net::Client::ping
#                  ^^^^ signature define_method(:ping)
#                                             ^^^^ !reference
    define_method "pang" do
#                  ^^^^ definition.method Net::Client::pang
      1
    end
    %w[a b].each { |m| define_method("do_#{m}") { m } }
#                                     ^^^ !definition
    alias to_str to_s
#         ^^^^^^ definition.method Net::Client::to_str
#                ^^^^ reference.read
    alias_method :size, :length
#                 ^^^^ definition.method Net::Client::size
    alias_method :host=, :name=
#                 ^^^^^ definition.method Net::Client::host=
    def [](index) = @items[index]
#       ^^ definition.method Net::Client::[]
    def name=(value)
#       ^^^^^ definition.method Net::Client::name=
      @name = value
    end
    private def hidden; end
#               ^^^^^^ definition.method Net::Client::hidden
    def match(other)
      case other
      in { host: String => found, port: } then [found, port]
#                                               ^^^^^ !reference
#                                                      ^^^^ !reference
      end
    end
  end
end

class Net::Other::Deep
#                 ^^^^ definition.class Net::Other::Deep
end

def helper(x) = Net::Client.new(x)
#   ^^^^^^ definition.function helper
#                           ^^^ reference.call in helper on Net::Client
