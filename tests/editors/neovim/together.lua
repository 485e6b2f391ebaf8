-- A session beside another language server: both attached to one buffer, ours asked by our commands alone.

local t = require('harness')
t.projects()

vim.lsp.config('pyright', {
  cmd = { vim.env.SYMSEEK_TEST_PYRIGHT, '--stdio' },
  filetypes = { 'python' },
  root_markers = { 'pyrightconfig.json' },
})
vim.lsp.enable('pyright')
require('symseek').setup({ cmd = vim.env.SYMSEEK_TEST_BINARY })

--- Methods that reached the neighbour since it was watched.
local heard = {}

t.test('attaches beside pyright', function()
  vim.cmd.edit(t.cart)
  t.eventually('both clients are there', function()
    return #vim.lsp.get_clients({ bufnr = 0 }) == 2
  end, 60000)
  local pyright = vim.lsp.get_clients({ name = 'pyright' })[1]
  local request = pyright.rpc.request
  pyright.rpc.request = function(method, ...)
    heard[#heard + 1] = method
    return request(method, ...)
  end
  t.equal(#t.ours({ bufnr = 0 }), 1, 'our clients')
  t.indexed(t.ours()[1])
end)

t.test('searches by meaning, with the server\'s order kept', function()
  local query = 'wait longer when the network fails'
  local items = t.quickfix('Symseek! ' .. query)
  local answer = t.ours()[1]:request_sync('symseek/search', { query = query, limit = 50, lenient = true }, 5000).result
  t.equal(#items, #answer.hits, 'number of items')
  for at, hit in ipairs(answer.hits) do
    local place = ('%s:%d:'):format(vim.fs.basename(hit.path), hit.selectionRange.start.line + 1)
    t.truthy(vim.startswith(items[at], place), ('%s is the item %d, not %s'):format(place, at, items[at]))
  end
  t.truthy(table.concat(vim.list_slice(items, 1, 3)):find('call_with_retry', 1, true), 'call_with_retry is among the first three')
  t.equal(vim.fn.getqflist({ title = 0 }).title, 'Symseek ' .. query, 'title')
end)

t.test('shows results by vim.ui.select and goes to the chosen one', function()
  local shown
  vim.ui.select = function(items, opts, choose)
    shown = vim.tbl_map(opts.format_item, items)
    choose(items[2], 2)
  end
  vim.cmd('Symseek payment gateway charge')
  t.eventually('a choice', function()
    return shown
  end)
  local second = vim.fn.getqflist()[2]
  t.equal({ vim.fn.bufnr(), vim.fn.line('.') }, { second.bufnr, second.lnum }, 'place after the choice')
  vim.cmd.edit(t.cart)
end)

t.test('asks for the query when none is given', function()
  local shown
  vim.ui.input = function(_, enter)
    enter('sum of prices')
  end
  vim.ui.select = function(items, opts)
    shown = vim.tbl_map(opts.format_item, items)
  end
  vim.cmd('Symseek')
  t.eventually('a list', function()
    return shown
  end)
  t.truthy(shown[1]:find('total', 1, true), 'total is first, not ' .. shown[1])
end)

t.test('finds code like the symbol at the cursor and like a range', function()
  vim.cmd.edit(t.retry)
  vim.fn.search('def backoff_delay')
  vim.cmd('normal! w')
  local at_cursor = t.quickfix('SymseekSimilar!')
  t.truthy(#at_cursor > 0, 'something is similar')
  local by_range = t.quickfix('10,17SymseekSimilar!')
  t.truthy(not vim.deep_equal(at_cursor, by_range), 'a range is another question than the cursor')
end)

t.test('lists callers with each call site, columns in bytes', function()
  vim.cmd.edit(t.retry)
  vim.fn.search('def call_with_retry')
  vim.cmd('normal! w')
  local items = t.quickfix('SymseekCallers!')
  -- Before the call stand two characters of two and four bytes, of one and two UTF-16 units.
  local line = vim.fn.readfile(t.cart)[22]
  local column = line:find('call_with_retry', 1, true)
  t.truthy(vim.startswith(items[1], ('cart.py:22:%d checkout'):format(column)), 'the call in checkout, not ' .. items[1])
  local named = t.quickfix('SymseekCallers! call_with_retry')
  t.equal(named, items, 'by name and by position')
end)

t.test('lists callees', function()
  vim.cmd.edit(t.retry)
  vim.fn.search('def call_with_retry')
  vim.cmd('normal! w')
  local items = t.quickfix('SymseekCallees!')
  -- At its definition, with the line that calls it.
  local expected = 'retry.py:5:5 function backoff_delay in retry — def backoff_delay(attempt, base=0.5, limit=30.0)'
    .. ' ← line 16: time.sleep(backoff_delay(attempt))'
  t.truthy(vim.tbl_contains(items, expected), 'backoff_delay is called: ' .. vim.inspect(items))
end)

t.test('says when nothing is found', function()
  t.forget()
  vim.cmd('SymseekCallers no_such_symbol_anywhere')
  t.eventually('a message', function()
    return t.notifications(vim.log.levels.WARN):find('symseek:', 1, true)
  end)
end)

t.test('answers from text that was never saved', function()
  vim.cmd.edit(t.cart)
  vim.api.nvim_buf_set_lines(0, -1, -1, false, {
    '',
    '',
    'def gift_wrap(parcel, ribbon):',
    '    """Decorate a present with paper and a bow."""',
    '    return parcel.cover(ribbon)',
  })
  t.truthy(vim.bo.modified, 'the buffer is not saved')
  local items = t.quickfix('Symseek! decorate a present with a bow')
  t.truthy(items[1]:match('^cart.py:25:5 function gift_wrap'), 'gift_wrap is first, not ' .. items[1])
  t.truthy(vim.bo[vim.fn.bufnr(t.cart)].modified, 'it still is not saved')
end)

t.test('calls an older question off', function()
  local request = require('symseek.request')
  local cancelled = {}
  vim.api.nvim_create_autocmd('LspRequest', {
    callback = function(event)
      if event.data.request.type == 'cancel' then
        cancelled[#cancelled + 1] = event.data.request.method
      end
    end,
  })
  local answers = {}
  local cancel = request.ask(0, 'search', { query = 'old' }, function()
    answers[#answers + 1] = 'old'
  end)
  cancel()
  request.ask(0, 'search', { query = 'new' }, function()
    answers[#answers + 1] = 'new'
  end)
  t.eventually('an answer', function()
    return #answers > 0
  end)
  vim.wait(200)
  t.equal(answers, { 'new' }, 'answers')
  t.equal(cancelled, { 'symseek/search' }, 'cancelled requests')
end)

t.test('shows the status', function()
  local said = {}
  local echo = vim.api.nvim_echo
  vim.api.nvim_echo = function(chunks)
    said[#said + 1] = chunks[1][1]
  end
  vim.cmd('SymseekStatus')
  t.eventually('a report', function()
    return #said > 0
  end)
  vim.api.nvim_echo = echo
  t.truthy(said[1]:match('ready, %d+ files, %d+ chunks'), said[1])
  t.truthy(said[1]:match('python 2'), said[1])
end)

t.test('none of it reached the neighbour', function()
  local foreign = vim.tbl_filter(function(method)
    return method:match('^symseek/') or method:match('^workspace/symbol') or method:match('executeCommand')
  end, heard)
  t.equal(foreign, {}, 'requests to pyright')
  -- The watch on pyright works, or the line above proves nothing.
  vim.lsp.get_clients({ name = 'pyright' })[1]:request_sync('workspace/symbol', { query = 'Cart' }, 20000)
  t.truthy(vim.tbl_contains(heard, 'workspace/symbol'), 'a request to pyright is heard')
end)

t.test('leaves single names in the symbol picker to the neighbour', function()
  local client = t.ours()[1]
  local name = client:request_sync('workspace/symbol', { query = 'Cart' }, 5000).result
  local words = client:request_sync('workspace/symbol', { query = 'shopping cart' }, 5000).result
  t.equal(#name, 0, 'hits for a name')
  t.truthy(#words > 0, 'hits for words')
end)

t.test('a server of its own for another folder, each answering for its own', function()
  vim.cmd.edit(t.beds)
  t.eventually('a second client', function()
    return #t.ours() == 2 and #t.ours({ bufnr = 0 }) == 1
  end)
  t.indexed(t.ours({ bufnr = 0 })[1])
  local garden = t.quickfix('Symseek! give water to plants')
  t.truthy(garden[1]:match('^beds.py:4'), garden[1])
  t.truthy(not table.concat(garden):find('cart.py', 1, true), 'nothing of the shop in the garden')
  vim.cmd.buffer(vim.fn.bufnr(t.cart))
  local shop = t.quickfix('Symseek! give water to plants')
  t.truthy(not table.concat(shop):find('beds.py', 1, true), 'nothing of the garden in the shop')
end)

t.test('is healthy', function()
  local text = t.health()
  t.truthy(not text:find('ERROR', 1, true), text)
  for _, part in ipairs({ 'symseek 0', 'the server is enabled', 'client %d+: .*shop', 'client %d+: .*garden', 'vim.ui.select' }) do
    t.truthy(text:find(part), part .. ' in ' .. text)
  end
end)

t.run()
