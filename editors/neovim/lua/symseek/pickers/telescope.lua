--- Telescope. Its sorters score every entry against the prompt and its tie-break prefers short lines; both would undo the
--- order, so entries are scored by their place. Its main loop asks the finder again only when the answer before has come:
--- a changed prompt therefore calls the question off from a buffer callback, not from the finder.

local M = {}

--- Scores an entry by its place in the answer; with `filter`, entries without the prompt's words are left out.
---@param filter boolean
function M.sorter(filter)
  local sorters = require('telescope.sorters')
  local matches = require('symseek.pickers').matches
  return sorters.Sorter:new({
    scoring_function = function(_, prompt, ordinal, entry)
      if filter and not matches(prompt, ordinal) then
        return -1
      end
      return entry.index
    end,
    highlighter = function(_, prompt, display)
      local spans, lower = {}, display:lower()
      for word in prompt:lower():gmatch('%S+') do
        local from, to = lower:find(word, 1, true)
        if from then
          spans[#spans + 1] = { start = from, finish = to }
        end
      end
      return spans
    end,
  })
end

local function entry_maker(entry)
  return {
    value = entry,
    ordinal = entry.line,
    display = entry.line,
    filename = entry.filename,
    lnum = entry.lnum,
    col = entry.col,
    -- Telescope's previewer highlights from `lnum` to `lnend`.
    lnend = entry.end_lnum,
    text = entry.text,
  }
end

--- A finder that asks with each prompt. It runs inside a coroutine of Telescope and returns without completing when it
--- is called off, because the next prompt is waiting already.
---@param search symseek.Search
---@param told fun(title: string)
function M.finder(search, told)
  local channel = require('plenary.async.control').channel
  local stop = function() end
  local finder = {
    close = function()
      stop()
    end,
    stop = function()
      stop()
    end,
  }
  return setmetatable(finder, {
    __call = function(_, prompt, process_result, process_complete)
      local tx, rx = channel.oneshot()
      local cancel = search.live(prompt, function(problem, found, remarks)
        tx({ problem = problem, found = found or {}, remarks = remarks })
      end)
      local answered = false
      stop = function()
        if not answered then
          cancel()
          tx(nil)
        end
      end
      local answer = rx()
      answered = true
      if not answer then
        return
      end
      told(require('symseek.pickers').title(search.title, answer.problem or answer.remarks))
      for index, entry in ipairs(answer.found) do
        local made = entry_maker(entry)
        made.index = index
        if process_result(made) then
          return
        end
      end
      process_complete()
    end,
  })
end

---@param search symseek.Search
function M.search(search)
  local config = require('telescope.config').values
  local picker
  local finder = M.finder(search, function(title)
    if picker and picker.prompt_border then
      picker.prompt_border:change_title(title)
    end
  end)
  picker = require('telescope.pickers').new({}, {
    prompt_title = search.title,
    default_text = search.query,
    finder = finder,
    previewer = config.qflist_previewer({}),
    sorter = M.sorter(false),
    attach_mappings = function(prompt_bufnr)
      vim.api.nvim_buf_attach(prompt_bufnr, false, {
        on_lines = function()
          finder.stop()
        end,
      })
      return true
    end,
  })
  picker:find()
end

---@param list symseek.List
function M.list(list)
  local config = require('telescope.config').values
  require('telescope.pickers')
    .new({}, {
      prompt_title = require('symseek.pickers').title(list.title, list.remarks),
      finder = require('telescope.finders').new_table({ results = list.entries, entry_maker = entry_maker }),
      previewer = config.qflist_previewer({}),
      sorter = M.sorter(true),
    })
    :find()
end

return M
