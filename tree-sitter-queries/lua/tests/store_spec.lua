describe("store", function()
--        ^^^^^ definition.namespace store
--        ^^^^^ test
  it("doubles a number", function()
--    ^^^^^^^^^^^^^ definition.function store.doubles a number
--    ^^^^^^^^^^^^^ test
    assert.are.equal(2, M.double(1))
--                        ^^^^^^ reference.call in store.doubles a number on M
  end)
end)

function TestStore:test_push() end
--                 ^^^^^^^^^ definition.method TestStore.test_push
--                 ^^^^^^^^^ test
function helper() end
--       ^^^^^^ !test
