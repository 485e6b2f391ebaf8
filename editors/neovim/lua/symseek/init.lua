--- What the commands do. Everything here may be mapped to keys as well.

local entries = require('symseek.entries')
local options = require('symseek.options')
local pickers = require('symseek.pickers')
local request = require('symseek.request')
local server = require('symseek.server')

local M = {}

local function warn(message)
  vim.notify('symseek: ' .. message, vim.log.levels.WARN)
end

--- Takes options (see `symseek.Options`) and enables the server. Not needed where `vim.lsp.enable('symseek')` is called
--- and the defaults will do.
---@param opts? table
function M.setup(opts)
  for _, problem in ipairs(options.set(opts or {})) do
    vim.notify(problem, vim.log.levels.WARN)
  end
  if vim.lsp.enable then
    vim.lsp.config(server.NAME, { settings = { symseek = options.get().settings } })
  end
  server.enable()
end

---@param title string
---@param found symseek.Entry[]
---@param remarks string
local function to_quickfix(title, found, remarks)
  vim.fn.setqflist({}, ' ', { title = remarks ~= '' and (title .. ' (' .. remarks .. ')') or title, items = entries.quickfix(found) })
  vim.cmd('botright copen')
end

--- Searches. Without a picker that asks as you type, and with `quickfix`, the query is asked once.
---@param query? string
---@param opts? { quickfix?: boolean }
function M.search(query, opts)
  query = query or ''
  local bufnr = vim.api.nvim_get_current_buf()
  local quickfix = opts and opts.quickfix
  local function live(text, callback)
    return request.ask(bufnr, 'search', request.search_params(text, quickfix), function(problem, answer, client)
      if problem then
        return callback(problem)
      end
      callback(nil, entries.of_hits(answer, client.offset_encoding), entries.remarks(answer))
    end)
  end
  if quickfix then
    live(query, function(problem, found, remarks)
      if problem then
        return warn(problem)
      end
      to_quickfix('Symseek ' .. query, found, remarks)
    end)
    return
  end
  pickers.search({ title = 'Symseek', query = query, live = live })
end

--- Asks once and shows a list.
local function show(name, title, params, opts, shape)
  local bufnr = vim.api.nvim_get_current_buf()
  request.ask(bufnr, name, params, function(problem, answer, client)
    if problem then
      return warn(problem)
    end
    local found, remarks = shape(answer, client.offset_encoding), entries.remarks(answer)
    if #found == 0 then
      return warn(('%s: nothing found%s'):format(title, remarks ~= '' and ' (' .. remarks .. ')' or ''))
    end
    if opts and opts.quickfix then
      return to_quickfix(title, found, remarks)
    end
    pickers.list({ title = title, entries = found, remarks = remarks })
  end)
end

--- Whether the server can read a buffer's text by itself.
local function is_file(bufnr)
  if not server.wants(bufnr) then
    return false
  end
  local attached = #server.clients({ bufnr = bufnr }) > 0
  return attached or vim.fn.filereadable(vim.api.nvim_buf_get_name(bufnr)) == 1
end

local function position(client)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.limit = options.get().limit
  return params
end

--- Code like the symbol at the cursor, or like the lines `range`.
---@param opts? { range?: integer[], quickfix?: boolean }
function M.similar(opts)
  local range, bufnr = opts and opts.range, vim.api.nvim_get_current_buf()
  local limit = options.get().limit
  local params = position
  if not is_file(bufnr) then
    local first, last = 1, -1
    if range then
      first, last = range[1], range[2]
    end
    local lines = vim.api.nvim_buf_get_lines(bufnr, first - 1, last, false)
    params = { text = table.concat(lines, '\n'), limit = limit }
  elseif range then
    local last = vim.api.nvim_buf_get_lines(bufnr, range[2] - 1, range[2], false)[1] or ''
    params = {
      textDocument = { uri = vim.uri_from_bufnr(bufnr) },
      -- More columns than the line has mean its end, in every encoding.
      range = { start = { line = range[1] - 1, character = 0 }, ['end'] = { line = range[2] - 1, character = #last } },
      limit = limit,
    }
  end
  show('similar', 'Symseek similar', params, opts, entries.of_hits)
end

local function relation(name, title, shape)
  return function(symbol, opts)
    local params = position
    if symbol and symbol ~= '' then
      params = { name = symbol, limit = options.get().limit }
    elseif not is_file(vim.api.nvim_get_current_buf()) then
      return warn(title .. ': this buffer is no file; name a symbol')
    end
    show(name, title, params, opts, shape)
  end
end

--- Who uses the symbol at the cursor, or the one named.
---@type fun(symbol?: string, opts?: { quickfix?: boolean })
M.callers = relation('callers', 'Symseek callers', entries.of_sites)

--- What the symbol at the cursor, or the one named, uses.
---@type fun(symbol?: string, opts?: { quickfix?: boolean })
M.callees = relation('callees', 'Symseek callees', entries.of_used)

--- The lines of a status report.
---@param report table
---@return string[]
function M.status_lines(report)
  local lines = {
    ('Symseek %s: %s, %d files, %d chunks'):format(report.version or '?', report.state, report.files or 0, report.chunks or 0),
  }
  for _, problem in ipairs(report.problems or {}) do
    lines[#lines + 1] = '  ' .. problem
  end
  for _, folder in ipairs(report.folders or {}) do
    local doing = folder.state == 'indexing' and (' %d of %d files'):format(folder.done, folder.total) or ''
    lines[#lines + 1] = ('%s: %s%s'):format(vim.fn.fnamemodify(folder.root, ':~'), folder.state, doing)
    local languages = {}
    for language, count in pairs(folder.languages) do
      languages[#languages + 1] = ('%s %d'):format(language, count)
    end
    table.sort(languages)
    lines[#lines + 1] = ('  %d files, %d chunks (%s)'):format(folder.files, folder.chunks, table.concat(languages, ', '))
    lines[#lines + 1] = ('  index: %s, %s bytes%s; watching the disk: %s'):format(
      folder.store,
      folder.bytes,
      folder.directory and folder.directory ~= vim.NIL and (' in ' .. folder.directory) or '',
      folder.watching and 'yes' or 'no'
    )
    local reasons = vim.tbl_keys(folder.skipped)
    table.sort(reasons)
    for _, reason in ipairs(reasons) do
      local skipped = folder.skipped[reason]
      lines[#lines + 1] = ('  skipped, %s: %d (%s)'):format(reason, skipped.count, table.concat(skipped.paths, ', '))
    end
    for _, problem in ipairs(folder.problems) do
      lines[#lines + 1] = '  ' .. problem
    end
  end
  return lines
end

--- Shows what is indexed.
function M.status()
  request.ask(vim.api.nvim_get_current_buf(), 'status', vim.empty_dict(), function(problem, report)
    if problem then
      return warn(problem)
    end
    vim.api.nvim_echo({ { table.concat(M.status_lines(report), '\n') } }, true, {})
  end)
end

return M
