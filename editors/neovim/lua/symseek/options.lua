--- Options of the plugin itself. Settings of the server (README, "Settings") lie below `settings`.

local M = {}

---@class symseek.Options
---@field cmd? string|string[] The program, or the program with its arguments; PATH and ~/.cargo/bin are searched otherwise
---@field picker? 'telescope'|'fzf-lua'|'snacks'|'mini.pick'|'select' The first installed one otherwise
---@field limit integer So many hits are asked for
---@field root_markers string[][] The folder of a file is the nearest with one of the first list, else of the second, …
---@field settings table What the server is configured with, without the `symseek` in front
local defaults = {
  cmd = nil,
  picker = nil,
  limit = 50,
  root_markers = {
    { '.git', '.jj', '.hg', '.svn' },
    { 'Cargo.toml', 'pyproject.toml', 'package.json', 'go.mod' },
  },
  -- Beside another server names would be listed twice in `workspace/symbol`. Our own commands are not touched by this.
  settings = { workspaceSymbol = { mode = 'nl' } },
}

local types = {
  cmd = { 'string', 'table' },
  picker = { 'string' },
  limit = { 'number' },
  root_markers = { 'table' },
  settings = { 'table' },
}

---@type symseek.Options
local current = vim.deepcopy(defaults)

--- What is wrong with some options, one sentence each.
---@param opts table
---@return string[]
function M.problems(opts)
  local found = {}
  for key, value in pairs(opts) do
    local expected = types[key]
    if not expected then
      found[#found + 1] = ('symseek: unknown option `%s`'):format(key)
    elseif not vim.tbl_contains(expected, type(value)) then
      found[#found + 1] = ('symseek: option `%s` is a %s, expected a %s'):format(
        key,
        type(value),
        table.concat(expected, ' or a ')
      )
    end
  end
  table.sort(found)
  return found
end

---@return symseek.Options
function M.get()
  return current
end

--- Takes options over the defaults. A bad one costs only itself.
---@param opts table
---@return string[] problems
function M.set(opts)
  local problems, good = M.problems(opts), {}
  for key, value in pairs(opts) do
    if #M.problems({ [key] = value }) == 0 then
      good[key] = value
    end
  end
  current = vim.tbl_deep_extend('force', vim.deepcopy(defaults), good)
  return problems
end

return M
