--- snacks' picker, live: what is typed goes to the server and nothing is matched or sorted here.

local M = {}

local function item(entry)
  return {
    text = entry.line,
    file = entry.filename,
    pos = { entry.lnum, entry.col - 1 },
    line = entry.text,
  }
end

---@param search symseek.Search
function M.search(search)
  local snacks = require('snacks.picker')
  snacks.pick({
    source = 'symseek',
    title = search.title,
    search = search.query,
    live = true,
    supports_live = true,
    format = 'file',
    show_empty = true,
    -- Only for narrowing after the live mode was left: matches keep the server's order then, too.
    sort = { fields = { 'idx' } },
    finder = function(_, ctx)
      local query = ctx.filter.search
      return function(add)
        local async, answer = ctx.async, nil
        local cancel = function() end
        async:on('abort', function()
          vim.schedule(cancel)
        end)
        -- The finder runs where most of Neovim may not be called.
        vim.schedule(function()
          cancel = search.live(query, function(problem, found, remarks)
            answer = { problem = problem, found = found or {}, remarks = remarks }
            async:resume()
          end)
        end)
        while not answer do
          async:suspend()
        end
        if answer.problem then
          vim.schedule(function()
            vim.notify('symseek: ' .. answer.problem, vim.log.levels.WARN)
          end)
        end
        ctx.picker.title = require('symseek.pickers').title(search.title, answer.remarks)
        for _, entry in ipairs(answer.found) do
          add(item(entry))
        end
      end
    end,
  })
end

---@param list symseek.List
function M.list(list)
  require('snacks.picker').pick({
    source = 'symseek',
    title = require('symseek.pickers').title(list.title, list.remarks),
    items = vim.tbl_map(item, list.entries),
    format = 'file',
    sort = { fields = { 'idx' } },
  })
end

return M
