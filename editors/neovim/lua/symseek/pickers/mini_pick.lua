--- mini.pick. For a search its matching step is where the server is asked; for a list, matching keeps the order.

local M = {}

local function item(entry)
  return { text = entry.line, path = entry.filename, lnum = entry.lnum, col = entry.col }
end

---@param search symseek.Search
function M.search(search)
  local pick = require('mini.pick')
  local cancel, asked = function() end, nil
  local set = { do_match = false }
  local function match(_, _, query)
    local text = table.concat(query)
    -- Setting items matches again, with the same query.
    if text == asked then
      return
    end
    cancel()
    asked = text
    set.querytick = pick.get_querytick()
    cancel = search.live(text, function(problem, found, remarks)
      if not pick.is_picker_active() then
        return
      end
      local title = require('symseek.pickers').title(search.title, problem or remarks)
      pick.set_picker_opts({ source = { name = title } })
      pick.set_picker_items(vim.tbl_map(item, found or {}), set)
    end)
  end
  if search.query ~= '' then
    vim.api.nvim_create_autocmd('User', {
      pattern = 'MiniPickStart',
      once = true,
      callback = function()
        pick.set_picker_query(vim.fn.split(search.query, '\\zs'))
      end,
    })
  end
  pick.start({ source = { name = search.title, items = {}, match = match } })
  cancel()
end

---@param list symseek.List
function M.list(list)
  local pick = require('mini.pick')
  pick.start({
    source = {
      name = require('symseek.pickers').title(list.title, list.remarks),
      items = vim.tbl_map(item, list.entries),
      match = function(texts, indices, query)
        return pick.default_match(texts, indices, query, { sync = true, preserve_order = true })
      end,
    },
  })
end

return M
