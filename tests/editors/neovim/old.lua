-- The fallback for Neovim 0.10, which has no `vim.lsp.enable` and no `vim.lsp.config`, and calls a client's methods without
-- the client. 0.11 still understands that way, so hiding what is new exercises the code that 0.10 runs; where there is a 0.10
-- itself, the same steps run in it.

local t = require('harness')
local is_old = vim.fn.has('nvim-0.11') == 0
vim.lsp.enable = nil
vim.lsp.config = nil
local deprecated = {}
vim.deprecate = function(name)
  deprecated[name] = true
end
t.projects()
require('symseek').setup({ cmd = vim.env.SYMSEEK_TEST_BINARY })

t.test('files attach', function()
  vim.cmd.edit(t.cart)
  t.eventually('attached', function()
    return #t.ours({ bufnr = 0 }) == 1
  end)
  t.indexed(t.ours()[1])
end)

t.test('searches, unsaved text too', function()
  vim.api.nvim_buf_set_lines(0, -1, -1, false, { '', 'def gift_wrap(parcel):', '    """Decorate a present with a bow."""' })
  local items = t.quickfix('Symseek! decorate a present with a bow')
  t.truthy(items[1]:find('gift_wrap', 1, true), items[1])
end)

t.test('lists callers with columns in bytes', function()
  local items = t.quickfix('SymseekCallers! call_with_retry')
  local column = vim.fn.readfile(t.cart)[22]:find('call_with_retry', 1, true)
  t.truthy(vim.startswith(items[1], ('cart.py:22:%d checkout'):format(column)), items[1])
end)

t.test('a killed server is started again', function()
  require('symseek.server').PAUSES = { 100 }
  local before = t.ours()[1].id
  t.kill_servers()
  t.eventually('another client is attached', function()
    local client = t.ours({ bufnr = 0 })[1]
    return client and client.id ~= before
  end)
end)

local function stop_all()
  for _, client in ipairs(t.ours()) do
    client.stop()
  end
  t.eventually('no client', function()
    return #t.ours() == 0
  end)
end

t.test('a command in a buffer that is no file starts the server', function()
  stop_all()
  vim.cmd.enew()
  vim.cmd.cd(vim.fs.dirname(t.beds))
  local items = t.quickfix('Symseek! give water to plants', 'again')
  t.truthy(items[1]:match('^beds.py:4'), items[1])
end)

t.test('without the program: said once, with the command that installs it', function()
  stop_all()
  require('symseek').setup({ cmd = '/nowhere/symseek' })
  t.forget()
  vim.cmd.edit(t.retry)
  vim.cmd.edit(t.beds)
  vim.wait(300)
  local problems = vim.tbl_filter(function(one)
    return one.message:find('/nowhere/symseek', 1, true)
  end, t.notified)
  t.equal(#problems, 1, 'messages: ' .. t.notifications())
  t.equal(#t.ours(), 0, 'clients')
  local health = t.health()
  t.truthy(health:find('ERROR', 1, true) and health:find('cargo install', 1, true), health)
end)

t.test('one that died after the last pause is given up, and said so once', function()
  local server = require('symseek.server')
  require('symseek').setup({ cmd = vim.env.SYMSEEK_TEST_BINARY })
  vim.cmd('SymseekRestart')
  t.eventually('attached', function()
    return #t.ours({ bufnr = 0 }) == 1
  end)
  server.PAUSES = {}
  t.forget()
  t.kill_servers()
  t.eventually('we gave up', server.stopped)
  vim.wait(300)
  t.equal(#t.ours(), 0, 'clients')
  local errors = vim.tbl_filter(function(one)
    return one.level == vim.log.levels.ERROR
  end, t.notified)
  t.equal(#errors, 1, 'errors')
  t.truthy(errors[1].message:find('died 1 times', 1, true), errors[1].message)
end)

t.test('the old way was taken', function()
  t.truthy(is_old or deprecated['client.request'] and deprecated['vim.lsp.start_client()'], vim.inspect(deprecated))
end)

t.run()
