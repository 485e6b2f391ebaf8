import pytest


@pytest.fixture
#       ^^^^^^^ reference.macro on pytest
def entry():
#   ^^^^^ !test
    return make(Entry)


@pytest.mark.parametrize("key", ["a"])
def test_get(entry, key):
#   ^^^^^^^^ definition.function test_get
#   ^^^^^^^^ test
    assert entry.get(key)
#                ^^^ reference.call in test_get on entry


class TestEntry:
#     ^^^^^^^^^ test
    def helper(self):
#       ^^^^^^ test
        pass


class EntryCase(unittest.TestCase):
#     ^^^^^^^^^ test
    async def test_fetch(self):
#             ^^^^^^^^^^ definition.method EntryCase.test_fetch
#             ^^^^^^^^^^ test
        await entry.fetch()
