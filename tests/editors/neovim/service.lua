-- With the service behind the client: that it is used at all, what a second client gets of it, and what is noticed of its death.

local t = require('harness')
t.projects()
require('symseek').setup({ cmd = vim.env.SYMSEEK_TEST_BINARY })

--- What the program itself says of the service of our cache.
local function service()
  local said = vim.system({ vim.env.SYMSEEK_TEST_BINARY, 'status', '--all', '--json' }, { text = true }):wait()
  return vim.json.decode(said.stdout).service
end

local first

t.test('the client shares the service, which holds its folder', function()
  vim.cmd.edit(t.cart)
  t.eventually('attached', function()
    return #t.ours({ bufnr = 0 }) == 1
  end)
  first = t.ours()[1]
  t.indexed(first)
  local report = service()
  t.equal(#report.clients, 1, 'clients')
  t.truthy(vim.tbl_contains(
    vim.tbl_map(function(folder)
      return folder.root
    end, report.folders),
    vim.fs.dirname(t.cart)
  ), vim.inspect(report.folders))
end)

t.test('a killed service costs nothing: not the client, not the unsaved text, no message', function()
  vim.api.nvim_buf_set_lines(0, -1, -1, false, { '', 'def gift_wrap(parcel):', '    """Decorate a present with a bow."""' })
  local items = t.quickfix('Symseek! decorate a present with a bow')
  t.truthy(items[1]:find('gift_wrap', 1, true), items[1])
  t.forget()
  local before = service().process
  vim.uv.kill(before, 'sigkill')
  items = t.quickfix('Symseek! decorate a present with a bow', 'again')
  t.truthy(items[1]:find('gift_wrap', 1, true), items[1])
  t.eventually('another service', function()
    local now = service()
    return now ~= vim.NIL and now.process ~= before
  end)
  t.equal(t.ours({ bufnr = 0 })[1].id, first.id, 'client')
  t.equal(t.notifications(vim.log.levels.WARN), '', 'warnings')
end)

t.test('`--service off` in `cmd` gives a server of its own', function()
  require('symseek').setup({ cmd = { vim.env.SYMSEEK_TEST_BINARY, 'lsp', '--service', 'off' } })
  vim.cmd('SymseekRestart')
  t.eventually('another client', function()
    local client = t.ours({ bufnr = 0 })[1]
    return client and client.id ~= first.id
  end)
  local items = t.quickfix('Symseek! decorate a present with a bow', 'again')
  t.truthy(items[1]:find('gift_wrap', 1, true), items[1])
  t.equal(#service().clients, 0, 'clients of the service')
end)

t.run()
