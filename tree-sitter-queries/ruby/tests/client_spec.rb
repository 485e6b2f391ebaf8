RSpec.describe Net::Client do
#                   ^^^^^^ definition.namespace Net::Client
#                   ^^^^^^ test
  let(:client) { described_class.new("h") }
#      ^^^^^^ definition.method Net::Client::client
  context "when open" do
#          ^^^^^^^^^ definition.namespace Net::Client::when open
    it "answers a ping" do
#       ^^^^^^^^^^^^^^ definition.function Net::Client::when open::answers a ping
#       ^^^^^^^^^^^^^^ test
      expect(client.ping).to eq(1)
#                   ^^^^ reference.call in Net::Client::when open::answers a ping on client
    end
  end
end

class ClientTest < Minitest::Test
#     ^^^^^^^^^^ definition.class ClientTest
#     ^^^^^^^^^^ test
  def test_ping
#     ^^^^^^^^^ definition.method ClientTest::test_ping
#     ^^^^^^^^^ test
    assert_equal 1, Net::Client.new("h").ping
  end
end

class Server
#     ^^^^^^ !test
  def start; end
#     ^^^^^ !test
end

namespace :db do
#          ^^ definition.namespace db
  desc "Brings the schema up to date"
# <- chunk.start db::migrate
  task migrate: :environment do
#      ^^^^^^^ definition.function db::migrate
  end
end
