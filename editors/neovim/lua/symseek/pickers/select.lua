--- No picker plugin: `vim.ui.input` for the query, `vim.ui.select` for the choice, and everything in the quickfix list.

local entries = require('symseek.entries')

local M = {}

---@param list symseek.List
function M.list(list)
  local title = require('symseek.pickers').title(list.title, list.remarks)
  vim.fn.setqflist({}, ' ', { title = title, items = entries.quickfix(list.entries) })
  vim.ui.select(list.entries, {
    prompt = title .. ' (:copen lists them all)',
    kind = 'symseek',
    format_item = function(entry)
      return entry.line
    end,
  }, function(_, at)
    if at then
      vim.cmd('cc ' .. at)
    end
  end)
end

---@param search symseek.Search
function M.search(search)
  local function ask(query)
    search.live(query, function(problem, found, remarks)
      if problem then
        return vim.notify('symseek: ' .. problem, vim.log.levels.WARN)
      end
      if #found == 0 then
        return vim.notify(require('symseek.pickers').title('symseek: nothing found', remarks), vim.log.levels.INFO)
      end
      M.list({ title = search.title .. ' ' .. query, entries = found, remarks = remarks })
    end)
  end
  if search.query ~= '' then
    return ask(search.query)
  end
  vim.ui.input({ prompt = search.title .. ': ' }, function(query)
    if query and query ~= '' then
      ask(query)
    end
  end)
end

return M
