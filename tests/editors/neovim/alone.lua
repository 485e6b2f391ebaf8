-- Without any other server: `vim.lsp.enable('symseek')` by itself, a command before any file is open, text that is no file.

local t = require('harness')
t.projects()
-- The program is found in PATH, as it is for a user.
local folder = vim.env.SYMSEEK_TEST_WORK .. '/bin'
vim.fn.mkdir(folder, 'p')
vim.uv.fs_symlink(vim.env.SYMSEEK_TEST_BINARY, folder .. '/symseek')
vim.env.PATH = folder .. ':' .. vim.env.PATH
vim.lsp.enable('symseek')

t.test('a command in an empty editor starts the server for the working directory', function()
  vim.cmd.cd(vim.fs.dirname(t.beds))
  t.equal(#t.ours(), 0, 'clients at first')
  local items = t.quickfix('Symseek! give water to plants', 'again')
  t.truthy(items[1]:match('^beds.py:4'), items[1])
  t.equal(#t.ours(), 1, 'clients')
end)

t.test('files of that folder share it', function()
  vim.cmd.edit(t.beds)
  t.eventually('attached', function()
    return #t.ours({ bufnr = 0 }) == 1
  end)
  t.equal(#t.ours(), 1, 'clients')
end)

t.test('finds code like text that is no file', function()
  vim.cmd.enew()
  vim.bo.buftype = 'nofile'
  vim.api.nvim_buf_set_lines(0, 0, -1, false, { 'for bed in beds:', '    bed.moisture += 1' })
  local items = t.quickfix('SymseekSimilar!')
  t.truthy(items[1]:match('^beds.py:'), items[1])
  t.forget()
  vim.cmd('SymseekCallers')
  t.truthy(t.notifications():find('no file', 1, true), 'callers of nothing')
  vim.cmd('bwipeout!')
end)

t.test('a file of no project has a server without a folder, and its own text is found', function()
  local lone = t.write('lone/notes.py', 'def brew_coffee(beans):\n    """Pour hot water over ground beans."""\n')
  vim.cmd.edit(lone)
  t.eventually('attached', function()
    return #t.ours({ bufnr = 0 }) == 1
  end)
  local items = t.quickfix('Symseek! pour hot water over ground beans')
  t.truthy(items[1]:match('^notes.py:1:5 function brew_coffee'), items[1])
end)

t.test('buffers that are no files of this machine are left alone', function()
  vim.cmd.enew()
  vim.api.nvim_buf_set_name(0, 'fugitive:///somewhere/file.py')
  vim.bo.filetype = 'python'
  vim.wait(300)
  t.equal(#t.ours({ bufnr = 0 }), 0, 'clients of a fugitive buffer')
end)

t.test('is healthy', function()
  local text = t.health()
  t.truthy(not text:find('ERROR', 1, true) and text:find(folder, 1, true), text)
end)

t.run()
