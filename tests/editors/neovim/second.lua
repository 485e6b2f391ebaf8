--- A model's second opinion: a list that is asked for once comes in its order, one that follows the typing never does.

local t = require('harness')

local tiny = vim.fs.normalize(vim.env.SYMSEEK_TEST_HERE .. '/../../../server/crates/embed/tests/tiny')
local model = vim.env.SYMSEEK_TEST_WORK .. '/model'
vim.fn.system({ 'cp', '-r', tiny .. '/tokens', model })
vim.fn.system({ 'cp', tiny .. '/tokenizer.json', model })
local corpus = vim.env.SYMSEEK_TEST_WORK .. '/corpus'
vim.fn.system({ 'cp', '-r', vim.env.SYMSEEK_TEST_HERE .. '/../../ranking/corpus', corpus })
vim.fn.mkdir(corpus .. '/.git')
require('symseek').setup({
  cmd = vim.env.SYMSEEK_TEST_BINARY,
  settings = { embedding = { onnx = { path = model }, runtime = 'builtin', budget = 30000 } },
})
local QUERY = 'make a secret unreadable before storing it'

--- Files and lines of entries.
local function places(entries)
  return vim.tbl_map(function(entry)
    return ('%s:%d:'):format(vim.fs.basename(entry.filename), entry.lnum)
  end, entries)
end

--- The first places in the order of the server.
local function answered(refine)
  local client = t.ours({ bufnr = 0 })[1]
  local answer = client:request_sync('symseek/search', { query = QUERY, limit = 50, refine = refine }, 40000)
  return places(require('symseek.entries').of_hits(answer.result, client.offset_encoding))
end

--- The lines of a list begin with these places.
local function in_order(lines, wanted)
  for at, place in ipairs(wanted) do
    t.equal((lines[at] or ''):match('^[^:]+:%d+:'), place, 'place ' .. at)
  end
end

t.test('the quickfix list comes in the order of the second opinion', function()
  vim.cmd.edit(corpus .. '/auth/passwords.py')
  t.eventually('the client', function()
    return t.ours({ bufnr = 0 })[1]
  end)
  t.indexed(t.ours({ bufnr = 0 })[1])
  local first, second
  t.eventually('another opinion', function()
    first, second = answered('never'), answered('now')
    return not vim.deep_equal(first, second)
  end)
  local lines = t.quickfix('Symseek! ' .. QUERY)
  in_order(lines, second)
end)

t.test('a picker that follows the typing gets the first order', function()
  local shown
  require('symseek.pickers').search = function(picker)
    picker.live(QUERY, function(problem, found)
      t.truthy(not problem, tostring(problem))
      shown = places(found)
    end)
  end
  require('symseek').search(QUERY)
  t.eventually('the list', function()
    return shown
  end)
  in_order(shown, answered('never'))
end)

t.run()
