-- The pickers in the real plugins, which no package registry has: part of the run where SYMSEEK_TEST_PLUGINS
-- names a folder with telescope.nvim, plenary.nvim, snacks.nvim, fzf-lua and mini.pick (fzf-lua also needs `fzf`).

local t = require('harness')
for name in vim.fs.dir(vim.env.SYMSEEK_TEST_PLUGINS) do
  vim.opt.runtimepath:append(vim.env.SYMSEEK_TEST_PLUGINS .. '/' .. name)
end
t.projects()
vim.o.columns, vim.o.lines = 200, 50
local symseek = require('symseek')
local function take(picker)
  symseek.setup({ cmd = vim.env.SYMSEEK_TEST_BINARY, picker = picker })
end
take('select')

local QUERY = 'wait longer when the network fails'
local OTHER = 'payment gateway charge'

--- What the server itself answers: `file:line` in its order.
local function expected(query)
  local answer = t.ours()[1]:request_sync('symseek/search', { query = query, limit = 50, lenient = true }, 5000).result
  return vim.tbl_map(function(hit)
    return ('%s:%d'):format(vim.fs.basename(hit.path), hit.selectionRange.start.line + 1)
  end, answer.hits)
end

t.test('the index is there', function()
  vim.cmd.edit(t.cart)
  t.eventually('attached', function()
    return #t.ours({ bufnr = 0 }) == 1
  end)
  t.indexed(t.ours()[1])
  t.truthy(#expected(QUERY) > 3 and not vim.deep_equal(expected(QUERY), expected(OTHER)), 'the two queries differ')
end)

t.test('all are found, Telescope first', function()
  for _, known in ipairs(require('symseek.pickers').KNOWN) do
    t.truthy(require('symseek.pickers').available(known.name), known.name)
  end
  take(nil)
  t.equal(require('symseek.pickers').chosen(), 'telescope', 'chosen')
end)

local function telescope_shown()
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype == 'TelescopePrompt' then
      local picker = require('telescope.actions.state').get_current_picker(bufnr)
      local shown = {}
      for entry in picker.manager and picker.manager:iter() or function() end do
        shown[#shown + 1] = ('%s:%d'):format(vim.fs.basename(entry.filename), entry.lnum)
      end
      return shown, picker, bufnr
    end
  end
  return {}
end

t.test('Telescope: the order is the server\'s, while typing', function()
  take('telescope')
  vim.cmd('Symseek ' .. QUERY)
  local want = expected(QUERY)
  t.eventually('the first answer', function()
    return vim.deep_equal(telescope_shown(), want)
  end)
  local _, picker = telescope_shown()
  picker:set_prompt(OTHER)
  local other = expected(OTHER)
  t.eventually('the second answer', function()
    return vim.deep_equal(telescope_shown(), other)
  end)
end)

t.test('Telescope: a changed prompt calls the question off', function()
  local request = require('symseek.request')
  local ask, cancelled = request.ask, 0
  -- The first question is never answered, so Telescope would wait for it for ever.
  request.ask = function()
    return function()
      cancelled = cancelled + 1
    end
  end
  local _, picker = telescope_shown()
  picker:set_prompt('one')
  vim.wait(300)
  request.ask = ask
  picker:set_prompt(QUERY)
  local want = expected(QUERY)
  t.eventually('the answer to the newer prompt', function()
    return vim.deep_equal(telescope_shown(), want)
  end)
  t.equal(cancelled, 1, 'questions called off')
end)

t.test('Telescope: choosing goes there', function()
  local _, _, bufnr = telescope_shown()
  local want = expected(QUERY)
  require('telescope.actions').select_default(bufnr)
  t.eventually('the place', function()
    return ('%s:%d'):format(vim.fn.expand('%:t'), vim.fn.line('.')) == want[1]
  end)
  vim.cmd.stopinsert()
end)

t.test('Telescope: a list is narrowed by words, not sorted', function()
  vim.cmd.edit(t.retry)
  vim.cmd('SymseekCallers call_with_retry')
  t.eventually('two users', function()
    return #telescope_shown() == 2
  end)
  local _, picker = telescope_shown()
  picker:set_prompt('import')
  t.eventually('one of them', function()
    return vim.deep_equal(telescope_shown(), { 'cart.py:2' })
  end)
  require('telescope.actions').close(picker.prompt_bufnr)
  vim.cmd.stopinsert()
end)

t.test('snacks: the order is the server\'s, while typing', function()
  take('snacks')
  require('snacks').setup({ picker = { enabled = true } })
  vim.cmd('Symseek ' .. QUERY)
  local function shown()
    local picker = require('snacks.picker').get()[1]
    return picker and vim.tbl_map(function(item)
      return ('%s:%d'):format(vim.fs.basename(item.file), item.pos[1])
    end, picker:items())
  end
  local want, other = expected(QUERY), expected(OTHER)
  t.eventually('the first answer', function()
    return vim.deep_equal(shown(), want)
  end)
  local picker = require('snacks.picker').get()[1]
  picker.input:set(nil, OTHER)
  picker:find()
  t.eventually('the second answer', function()
    return vim.deep_equal(shown(), other)
  end)
  picker:close()
end)

t.test('mini.pick: the order is the server\'s, while typing', function()
  take('mini.pick')
  local pick = require('mini.pick')
  pick.setup({})
  local function shown()
    local matches = pick.get_picker_matches() or {}
    return vim.tbl_map(function(item)
      return ('%s:%d'):format(vim.fs.basename(item.path), item.lnum)
    end, matches.all or {})
  end
  local want, other = expected(QUERY), expected(OTHER)
  local seen = {}
  -- mini.pick keeps the main loop to itself until it is closed.
  local step, tries = 1, 0
  local timer = vim.uv.new_timer()
  timer:start(50, 50, vim.schedule_wrap(function()
    tries = tries + 1
    if tries > 200 then
      seen.last = shown()
      timer:stop()
      return pick.stop()
    end
    if step == 1 and vim.deep_equal(shown(), want) then
      seen.first, step = true, 2
      pick.set_picker_query(vim.fn.split(OTHER, '\\zs'))
    elseif step == 2 and vim.deep_equal(shown(), other) then
      seen.second, step = true, 3
      timer:stop()
      pick.stop()
    end
  end))
  vim.cmd('Symseek ' .. QUERY)
  t.equal(seen, { first = true, second = true }, 'answers seen')
end)

t.test('fzf-lua: the order is the server\'s, while typing', function()
  take('fzf-lua')
  require('fzf-lua').setup({ winopts = { preview = { hidden = true } } })
  vim.cmd('Symseek ' .. QUERY)
  local function shown()
    for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
      if vim.bo[bufnr].filetype == 'fzf' then
        local found = {}
        for _, line in ipairs(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)) do
          local place = line:match('([%w_]+%.%w+:%d+):%d+:')
          if place then
            found[#found + 1] = place
          end
        end
        return found, bufnr
      end
    end
    return {}
  end
  local want, other = expected(QUERY), expected(OTHER)
  local function same(list)
    local found = shown()
    -- fzf draws from the top or from the bottom, as its user likes.
    local reversed = vim.iter(found):rev():totable()
    return #found > 0 and (vim.deep_equal(found, list) or vim.deep_equal(reversed, list))
  end
  t.eventually('the first answer ' .. vim.inspect(want), function()
    return same(want)
  end)
  local _, bufnr = shown()
  vim.api.nvim_chan_send(vim.bo[bufnr].channel, '\21' .. OTHER)
  t.eventually('the second answer', function()
    return same(other)
  end)
end)

t.run()
