--- Asks our client, and only ours, with answers that can be called off.

local options = require('symseek.options')
local server = require('symseek.server')

local M = {}

--- How long a starting server is waited for, in milliseconds: long enough to load its index, not its work of indexing.
M.PATIENCE = 10000

local uv = vim.uv or vim.loop

--- What is under way, by client and request, so that a death is answered too.
---@type table<integer, table<integer, fun(err: table?, answer: any)>>
local pending = {}
--- Buffers that each client has, remembered because a dead client has none.
---@type table<integer, table<integer, true>>
local attached = {}

vim.api.nvim_create_autocmd('LspAttach', {
  group = vim.api.nvim_create_augroup('symseek.request', {}),
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == server.NAME then
      attached[client.id] = attached[client.id] or {}
      attached[client.id][event.buf] = true
    end
  end,
})

--- Answers everything that a dead client was asked, and tells which buffers it had.
---@param id integer
---@return table<integer, true>
function M.abandon(id)
  local waiting, buffers = pending[id] or {}, attached[id] or {}
  pending[id], attached[id] = nil, nil
  for _, callback in pairs(waiting) do
    callback({ message = 'the server ended before it answered' })
  end
  return buffers
end

local function holds(client, path)
  for _, folder in ipairs(client.workspace_folders or {}) do
    local root = vim.uri_to_fname(folder.uri)
    if path == root or vim.startswith(path, root .. '/') then
      return true
    end
  end
  return false
end

--- The client for a buffer: its own, else the one of its folder, else the one of the working directory, else any.
---@param bufnr integer
---@return vim.lsp.Client?
function M.client(bufnr)
  local own = server.clients({ bufnr = bufnr })[1]
  if own then
    return own
  end
  local clients = server.clients()
  for _, path in ipairs({ vim.api.nvim_buf_get_name(bufnr), vim.fn.getcwd() }) do
    for _, client in ipairs(clients) do
      if path ~= '' and holds(client, path) then
        return client
      end
    end
  end
  return clients[1]
end

--- A folder for a server that no buffer asked for. The home folder is never taken for a project.
---@return string?
local function folder_of_session()
  local cwd = vim.fn.getcwd()
  local root = server.root_of(cwd .. '/.')
  if root then
    return root
  end
  return cwd ~= uv.os_homedir() and cwd ~= '/' and cwd or nil
end

--- Calls back with a client that is ready, starting one when there is none.
---@param bufnr integer
---@param callback fun(client: vim.lsp.Client?, problem: string?)
---@return fun() cancel
function M.ready(bufnr, callback)
  local cancelled, started = false, false
  local deadline = uv.now() + M.PATIENCE
  local function look()
    if cancelled then
      return
    end
    local client = M.client(bufnr)
    if client then
      return callback(client)
    end
    if server.stopped() then
      return callback(nil, server.stopped())
    end
    if not started then
      started = true
      local _, problem = server.command()
      if problem then
        return callback(nil, problem)
      end
      if server.wants(bufnr) and vim.api.nvim_buf_is_loaded(bufnr) then
        server.root_dir(bufnr, function(root)
          server.start(root or folder_of_session(), bufnr)
        end)
      else
        server.start(folder_of_session())
      end
    elseif uv.now() > deadline then
      return callback(nil, 'the server does not start; see :checkhealth symseek')
    end
    vim.defer_fn(look, 20)
  end
  look()
  return function()
    cancelled = true
  end
end

--- Asks `symseek/<name>`. `params` may be made from the client, for the columns that it counts.
---@param bufnr integer
---@param name string
---@param params table|fun(client: vim.lsp.Client): table
---@param callback fun(problem: string?, answer: any, client: vim.lsp.Client?)
---@return fun() cancel After it the callback is not called any more.
function M.ask(bufnr, name, params, callback)
  local client, id, cancelled
  local stop_waiting = M.ready(bufnr, function(found, problem)
    if not found then
      return callback(problem)
    end
    client = found
    local method = 'symseek/' .. name
    local function done(err, answer)
      if id and pending[client.id] then
        pending[client.id][id] = nil
      end
      if cancelled then
        return
      end
      if err then
        return callback(err.message or vim.inspect(err))
      end
      callback(nil, answer, client)
    end
    local sent
    local at = vim.api.nvim_buf_is_valid(bufnr) and bufnr or 0
    local made = type(params) == 'function' and params(client) or params
    sent, id = server.call(client, 'request', method, made, done, at)
    if not sent then
      return callback('the server has just ended')
    end
    pending[client.id] = pending[client.id] or {}
    pending[client.id][id] = done
  end)
  return function()
    if cancelled then
      return
    end
    cancelled = true
    stop_waiting()
    if client and id and pending[client.id] and pending[client.id][id] then
      pending[client.id][id] = nil
      server.call(client, 'cancel_request', id)
    end
  end
end

--- The arguments of a search. A list that is asked `once` waits for a model's second opinion, where there is one, within the
--- server's budget; a list that follows the typing is never reordered.
---@param query string
---@param once? boolean
---@return table
function M.search_params(query, once)
  -- Lenient, for it may still be being typed: an unknown filter is a word then.
  return { query = query, limit = options.get().limit, lenient = true, refine = once and 'now' or 'never' }
end

return M
