--- fzf-lua. In its live mode fzf only shows; lines are `path:line:column: text`, so that its own actions and previewer work.

local M = {}

local function line(entry)
  return ('%s:%d:%d: %s'):format(vim.fn.fnamemodify(entry.filename, ':.'), entry.lnum, entry.col, entry.text)
end

local function opts(title)
  return {
    winopts = { title = ' ' .. title .. ' ' },
    previewer = 'builtin',
    actions = require('fzf-lua.config').globals.actions.files,
    fzf_opts = { ['--no-sort'] = true, ['--multi'] = true },
  }
end

---@param search symseek.Search
function M.search(search)
  local cancel = function() end
  local live = opts(search.title)
  live.query = search.query
  require('fzf-lua').fzf_live(function(args)
    local query = args[1] or ''
    cancel()
    return function(write)
      cancel = search.live(query, function(problem, found, remarks)
        if problem or (remarks and remarks ~= '') then
          vim.notify_once('symseek: ' .. (problem or remarks), vim.log.levels.WARN)
        end
        for _, entry in ipairs(found or {}) do
          write(line(entry))
        end
        write(nil)
      end)
    end
  end, live)
end

---@param list symseek.List
function M.list(list)
  local title = require('symseek.pickers').title(list.title, list.remarks)
  require('fzf-lua').fzf_exec(vim.tbl_map(line, list.entries), opts(title))
end

return M
