--- Hits of the server as what pickers and the quickfix list show. Keeps the server's order.

local M = {}

---@class symseek.Entry
---@field filename string
---@field lnum integer from 1
---@field col integer from 1, in bytes
---@field end_lnum integer from 1, included
---@field name string
---@field kind string
---@field text string what is shown beside the place
---@field path string shown: relative to the working directory where possible
---@field line string one line for pickers that show nothing but text

--- Columns of the protocol as bytes of a line.
---@param line string
---@param column integer
---@param encoding string
---@return integer
local function bytes(line, column, encoding)
  if column == 0 or encoding == 'utf-8' then
    return math.min(column, #line)
  end
  local ok, at
  if vim.lsp.enable then
    ok, at = pcall(vim.str_byteindex, line, encoding, column, false)
  else
    ok, at = pcall(vim.str_byteindex, line, column, encoding == 'utf-16')
  end
  return ok and at or #line
end

--- One line of a hit's file: from its snippet, which is at hand, else from the disk.
local function line_at(hit, lnum)
  local offset = lnum - hit.snippetLine
  local snippet = vim.split(hit.snippet, '\n', { plain = true })
  if offset >= 0 and snippet[offset + 1] then
    return snippet[offset + 1]
  end
  local ok, lines = pcall(vim.fn.readfile, hit.path, '', lnum)
  return ok and lines[lnum] or ''
end

local function one_line(text)
  return vim.trim((text:gsub('%s+', ' ')))
end

---@return symseek.Entry
local function entry(hit, start, encoding, text, last)
  local lnum = start.line + 1
  local path = vim.fn.fnamemodify(hit.path, ':~:.')
  text = one_line(text)
  return {
    filename = hit.path,
    lnum = lnum,
    col = bytes(start.character > 0 and line_at(hit, lnum) or '', start.character, encoding) + 1,
    end_lnum = math.max(last, lnum),
    name = hit.name,
    kind = hit.kindName,
    text = text,
    path = path,
    line = ('%s:%d: %s'):format(path, lnum, text),
  }
end

--- What is shown of a hit: its kind, name, container and signature.
local function describe(hit)
  if hit.kindName == 'text' then
    return 'text ' .. (hit.snippet:match('%S[^\n]*') or hit.name)
  end
  local shown = hit.kindName .. ' ' .. hit.name
  if hit.containerName ~= '' then
    shown = shown .. ' in ' .. hit.containerName
  end
  return hit.signature ~= '' and (shown .. ' — ' .. hit.signature) or shown
end

--- One entry for each hit.
---@param answer table
---@param encoding string
---@return symseek.Entry[]
function M.of_hits(answer, encoding)
  return vim.tbl_map(function(hit)
    return entry(hit, hit.selectionRange.start, encoding, describe(hit), hit.endLine)
  end, answer.hits)
end

--- How sure a binding is, when it is not.
local function sure(site)
  return site.confidence < 0.7 and (' (%d %% sure)'):format(math.floor(site.confidence * 100 + 0.5)) or ''
end

--- One entry for each hit that is used, at its definition, with the first line that uses it.
---@param answer table
---@param encoding string
---@return symseek.Entry[]
function M.of_used(answer, encoding)
  local entries = M.of_hits(answer, encoding)
  for at, hit in ipairs(answer.hits) do
    local site = (hit.sites or {})[1]
    if site then
      local more = #hit.sites > 1 and (', and %d more'):format(#hit.sites - 1) or ''
      local one = entries[at]
      one.text = ('%s ← line %d%s: %s%s'):format(one.text, site.line, sure(site), one_line(site.text), more)
      one.line = ('%s:%d: %s'):format(one.path, one.lnum, one.text)
    end
  end
  return entries
end

--- One entry for each place where a hit uses the symbol, with how sure the binding is when it is not.
---@param answer table
---@param encoding string
---@return symseek.Entry[]
function M.of_sites(answer, encoding)
  local entries = {}
  for _, hit in ipairs(answer.hits) do
    if not hit.sites or #hit.sites == 0 then
      vim.list_extend(entries, M.of_hits({ hits = { hit } }, encoding))
    end
    for _, site in ipairs(hit.sites or {}) do
      local made = entry(hit, site.range.start, encoding, ('%s%s — %s'):format(hit.name, sure(site), one_line(site.text)), site.line)
      entries[#entries + 1] = made
    end
  end
  return entries
end

--- The remarks that belong above a list: whether it is all, and what the server has to say.
---@param answer table
---@return string
function M.remarks(answer)
  local remarks = vim.deepcopy(answer.notes or {})
  if not answer.complete then
    table.insert(remarks, 1, 'still indexing, more may be found later')
  end
  return table.concat(remarks, '; ')
end

--- Entries as the quickfix list wants them.
---@param entries symseek.Entry[]
---@return table[]
function M.quickfix(entries)
  return vim.tbl_map(function(one)
    return { filename = one.filename, lnum = one.lnum, col = one.col, text = one.text }
  end, entries)
end

return M
