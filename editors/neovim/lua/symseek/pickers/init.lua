--- Which picker shows the results. Each has two entry points: `search` asks as you type, `list` shows what was found.
---
--- None of them sorts: the order is the server's. What a picker would filter or sort is switched off in its own module.

local options = require('symseek.options')

local M = {}

---@class symseek.Search
---@field title string
---@field query string what stands in the prompt at first
---@field live fun(query: string, callback: fun(problem?: string, entries?: symseek.Entry[], remarks?: string)): fun() asks; the result calls it off

---@class symseek.List
---@field title string
---@field entries symseek.Entry[]
---@field remarks string

--- In this order, with the module of the plugin that each needs.
M.KNOWN = {
  { name = 'telescope', needs = 'telescope' },
  { name = 'fzf-lua', needs = 'fzf-lua' },
  { name = 'snacks', needs = 'snacks.picker' },
  { name = 'mini.pick', needs = 'mini.pick' },
  { name = 'select' },
}

--- Whether the plugin behind a picker is there. A lazily loaded plugin is loaded by asking, which is what is wanted.
---@param name string
function M.available(name)
  for _, known in ipairs(M.KNOWN) do
    if known.name == name then
      return not known.needs or (pcall(require, known.needs))
    end
  end
  return false
end

--- The picker that is used, and why the one that was asked for is not.
---@return string name, string? problem
function M.chosen()
  local wanted = options.get().picker
  if wanted and M.available(wanted) then
    return wanted
  end
  local problem = wanted and ('the picker `%s` is not installed'):format(wanted) or nil
  for _, known in ipairs(M.KNOWN) do
    if M.available(known.name) then
      return known.name, problem
    end
  end
  return 'select', problem
end

local function module()
  local name, problem = M.chosen()
  if problem then
    vim.notify_once(('symseek: %s; taking `%s`'):format(problem, name), vim.log.levels.WARN)
  end
  return require('symseek.pickers.' .. (name:gsub('[.-]', '_')))
end

---@param search symseek.Search
function M.search(search)
  module().search(search)
end

---@param list symseek.List
function M.list(list)
  module().list(list)
end

--- Title with the remarks that belong above the list.
---@param title string
---@param remarks? string
function M.title(title, remarks)
  return remarks and remarks ~= '' and ('%s (%s)'):format(title, remarks) or title
end

--- Whether every word of a query stands in a text, ignoring case: how a finished list is narrowed, without sorting it.
---@param query string
---@param text string
function M.matches(query, text)
  local lower = text:lower()
  for word in query:lower():gmatch('%S+') do
    if not lower:find(word, 1, true) then
      return false
    end
  end
  return true
end

return M
