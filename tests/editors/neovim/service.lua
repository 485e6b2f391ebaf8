-- With the service behind the client: that it is used at all, what a second client gets of it, and what is noticed of its death.

local t = require('harness')
t.projects()
require('symseek').setup({ cmd = vim.env.SYMSEEK_TEST_BINARY })

--- What the program itself says of the service.
local function service()
  local said = vim.fn.system({ vim.env.SYMSEEK_TEST_BINARY, 'status', '--all', '--json' })
  local ok, report = pcall(vim.json.decode, said)
  return ok and report.service or nil
end

t.test('the first client has started it, in our own cache', function()
  vim.cmd.edit(t.cart)
  t.eventually('attached', function()
    return #t.ours({ bufnr = 0 }) == 1
  end)
  t.indexed(t.ours()[1])
  print(vim.inspect(service()))
end)

t.run()
