-- Pickers without their plugins, which no package registry has: Telescope's contract is played by a stand-in, written after
-- its source (sorters.lua: a score below zero filters, lower is better; entry_manager.lua: equal scores below one are
-- broken by the shorter line; pickers.lua: the finder runs in a coroutine and is asked again only after it returned).
-- `run plugins` proves the same in the real plugins, where they are at hand.

local t = require('harness')
t.projects()

local shown, running, sorter_state

local function place(entry)
  return ('%s:%d'):format(vim.fs.basename(entry.filename), entry.lnum)
end

--- Runs the finder for a prompt and sorts as the entry manager does.
local function feed(picker, prompt)
  running = coroutine.create(function()
    local found = {}
    picker.finder(prompt, function(entry)
      local score = picker.sorter.scoring_function(picker.sorter, prompt, entry.ordinal, entry)
      if score >= 0 then
        found[#found + 1] = { entry = entry, score = score }
      end
    end, function()
      table.sort(found, function(a, b)
        if a.score == b.score then
          return #a.entry.ordinal < #b.entry.ordinal
        end
        return a.score < b.score
      end)
      shown = vim.tbl_map(function(one)
        return place(one.entry)
      end, found)
    end)
    sorter_state = 'returned'
  end)
  sorter_state = 'running'
  assert(coroutine.resume(running))
end

local opened
local stand_in = {
  ['telescope'] = {},
  ['telescope.sorters'] = {
    Sorter = {
      new = function(_, opts)
        return opts
      end,
    },
  },
  ['telescope.config'] = { values = { qflist_previewer = function() end } },
  ['telescope.finders'] = {
    new_table = function(opts)
      return function(_, process, complete)
        for index, result in ipairs(opts.results) do
          local entry = opts.entry_maker(result)
          entry.index = index
          process(entry)
        end
        complete()
      end
    end,
  },
  ['telescope.pickers'] = {
    new = function(_, opts)
      opts.find = function(self)
        opened = self
        self.prompt_bufnr = vim.api.nvim_create_buf(false, true)
        if self.attach_mappings then
          self.attach_mappings(self.prompt_bufnr)
        end
        feed(self, self.default_text or '')
      end
      return opts
    end,
  },
  ['plenary.async.control'] = {
    channel = {
      oneshot = function()
        local value, sent
        local waiting
        return function(got)
          if sent then
            return
          end
          sent, value = true, got
          if waiting then
            assert(coroutine.resume(waiting))
          end
        end, function()
          if not sent then
            waiting = coroutine.running()
            coroutine.yield()
          end
          return value
        end
      end,
    },
  },
}
t.test('the first installed picker is taken; one that is missing is named', function()
  local symseek = require('symseek')
  symseek.setup({ cmd = vim.env.SYMSEEK_TEST_BINARY })
  t.equal(require('symseek.pickers').chosen(), 'select', 'without plugins')
  symseek.setup({ cmd = vim.env.SYMSEEK_TEST_BINARY, picker = 'telescope' })
  t.equal({ require('symseek.pickers').chosen() }, { 'select', 'the picker `telescope` is not installed' }, 'missing')
  for name, module in pairs(stand_in) do
    package.preload[name] = function()
      return module
    end
  end
  t.equal(require('symseek.pickers').chosen(), 'telescope', 'with the stand-in')
end)

local function expected(query)
  local answer = t.ours()[1]:request_sync('symseek/search', { query = query, limit = 50, lenient = true }, 5000).result
  return vim.tbl_map(function(hit)
    return ('%s:%d'):format(vim.fs.basename(hit.path), hit.selectionRange.start.line + 1)
  end, answer.hits)
end

t.test('Telescope keeps the server\'s order', function()
  vim.cmd.edit(t.cart)
  t.eventually('attached', function()
    return #t.ours({ bufnr = 0 }) == 1
  end)
  t.indexed(t.ours()[1])
  local query = 'wait longer when the network fails'
  vim.cmd('Symseek ' .. query)
  t.eventually('an answer', function()
    return shown
  end)
  t.truthy(#shown > 3, 'there is an order to keep')
  t.equal(shown, expected(query), 'order')
  t.equal(opened.default_text, query, 'prompt')
end)

t.test('Telescope: a changed prompt calls the question off', function()
  local request = require('symseek.request')
  local ask, cancelled = request.ask, 0
  request.ask = function()
    return function()
      cancelled = cancelled + 1
    end
  end
  feed(opened, 'one')
  t.equal(sorter_state, 'running', 'finder before the prompt changes')
  vim.api.nvim_buf_set_lines(opened.prompt_bufnr, 0, -1, false, { 'two' })
  t.equal({ sorter_state, cancelled }, { 'returned', 1 }, 'finder after the prompt changed')
  request.ask = ask
end)

t.test('Telescope narrows a list by words without sorting it', function()
  shown = nil
  vim.cmd('SymseekCallers call_with_retry')
  t.eventually('a list', function()
    return shown
  end)
  t.equal(shown, { 'cart.py:22', 'cart.py:2' }, 'callers')
  feed(opened, 'IMPORT retry')
  t.equal(shown, { 'cart.py:2' }, 'narrowed')
end)

t.run()
