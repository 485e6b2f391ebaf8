--- The life of the language server: which program, for which folder, and what happens when it dies.
---
--- Neovim itself starts the process and keeps documents in sync. Here it is decided whether there is anything to start, and
--- a server that died is started again, each time after a longer pause. The user is told once of each trouble.

local options = require('symseek.options')

local M = {}

M.NAME = 'symseek'
--- The version of the server's answers that this plugin reads.
M.PROTOCOL = 1
--- Pauses before the server is started again, in milliseconds; after the last one we give up.
M.PAUSES = { 1000, 2000, 4000, 8000, 16000 }
--- A server that lived so long has earned a fresh count of restarts, in milliseconds.
M.STEADY = 180000

M.INSTALL = 'cargo install --path server'

local uv = vim.uv or vim.loop
local has_enable = vim.lsp.enable ~= nil

---@class symseek.Life
---@field deaths integer since it last lived long
---@field since integer when the running one was started
---@field stopped? string why nothing is started any more
---@field buffers table<integer, true> buffers of servers that died and were not started again yet
---@field leaving table<integer, true> clients that were told to stop and still are there
local life = { deaths = 0, since = 0, stopped = nil, buffers = {}, leaving = {} }
local told = {}

---@param message string
---@param level? integer
local function tell(message, level)
  vim.schedule(function()
    vim.notify('symseek: ' .. message, level or vim.log.levels.WARN)
  end)
end

---@param message string
---@param level? integer
local function tell_once(message, level)
  if not told[message] then
    told[message] = true
    tell(message, level)
  end
end

--- The program and its arguments, or nil and what to do about it.
---@return string[]?, string?
function M.command()
  local cmd = options.get().cmd
  if type(cmd) == 'table' and #cmd > 0 then
    if vim.fn.executable(cmd[1]) == 1 then
      return cmd
    end
    return nil, ('`%s`, from the option `cmd`, cannot be run'):format(cmd[1])
  end
  local candidates = cmd and { cmd } or { 'symseek', '~/.cargo/bin/symseek' }
  for _, candidate in ipairs(candidates) do
    local path = vim.fn.exepath(vim.fn.expand(candidate))
    if path ~= '' then
      return { path, 'lsp' }
    end
  end
  if cmd then
    return nil, ('`%s`, from the option `cmd`, cannot be run'):format(cmd)
  end
  return nil, ('the program `symseek` is not in PATH and not in ~/.cargo/bin; install it: %s'):format(M.INSTALL)
end

--- The folder that a file belongs to.
---@param path string
---@return string?
function M.root_of(path)
  for _, markers in ipairs(options.get().root_markers) do
    local root = vim.fs.root(path, markers)
    if root then
      return root
    end
  end
  return nil
end

--- Whether we have anything to do with a buffer: files on this machine only.
---@param bufnr integer
function M.wants(bufnr)
  local name = vim.api.nvim_buf_get_name(bufnr)
  return vim.bo[bufnr].buftype == '' and name ~= '' and not name:match('^%a[%w+.-]*://')
end

--- `root_dir` of the configuration: calling `start` is what starts a server.
---@param bufnr integer
---@param start fun(root: string?)
function M.root_dir(bufnr, start)
  if life.stopped or not M.wants(bufnr) then
    return
  end
  local _, problem = M.command()
  if problem then
    return tell_once(problem, vim.log.levels.ERROR)
  end
  start(M.root_of(vim.api.nvim_buf_get_name(bufnr)))
end

--- Calls a method of a client: with the client since 0.11, without before.
---@param client vim.lsp.Client
---@param method string
function M.call(client, method, ...)
  if has_enable then
    return client[method](client, ...)
  end
  return client[method](...)
end

--- Our clients, ready to be asked.
---@param filter? table
---@return vim.lsp.Client[]
function M.clients(filter)
  local all = vim.lsp.get_clients(vim.tbl_extend('force', { name = M.NAME }, filter or {}))
  return vim.tbl_filter(function(client)
    return not life.leaving[client.id]
  end, all)
end

--- Stops a client in order; it is not asked any more from now on.
---@param client vim.lsp.Client
local function stop(client)
  life.leaving[client.id] = true
  M.call(client, 'stop')
end

--- Settings where they count from the start, as `cacheDirectory` does.
local function before_init(params, config)
  params.initializationOptions = (config.settings or {}).symseek
end

local function on_init(client)
  local experimental = client.server_capabilities.experimental or {}
  local version = (experimental.symseek or {}).version
  if version ~= M.PROTOCOL then
    life.stopped = ('the server speaks version %s of its answers, this plugin reads %d; install both from one place'):format(
      tostring(version or 'unknown'),
      M.PROTOCOL
    )
    tell(life.stopped, vim.log.levels.ERROR)
    vim.schedule(function()
      stop(client)
    end)
    return
  end
  life.since = uv.now()
end

--- Starts the server for buffers, as if they had just been opened.
---@param buffers table<integer, true>
local function attach(buffers)
  for bufnr in pairs(buffers) do
    if vim.api.nvim_buf_is_loaded(bufnr) then
      M.root_dir(bufnr, function(root)
        M.start(root, bufnr)
      end)
    end
  end
end

---@param code integer
---@param signal integer
---@param id integer
local function on_exit(code, signal, id)
  local lived = uv.now() - life.since
  vim.schedule(function()
    life.leaving[id] = nil
    local buffers = require('symseek.request').abandon(id)
    -- Zero is an orderly end, which somebody asked for; so is any end when Neovim itself ends.
    if (code == 0 and signal == 0) or life.stopped or vim.v.exiting ~= vim.NIL then
      return
    end
    if lived > M.STEADY then
      life.deaths = 0
    end
    life.deaths = life.deaths + 1
    life.buffers = vim.tbl_extend('force', life.buffers, buffers)
    local pause = M.PAUSES[life.deaths]
    local how = signal ~= 0 and ('signal %d'):format(signal) or ('exit code %d'):format(code)
    if not pause then
      life.stopped = ('the server died %d times (last: %s) and is not started again; see :checkhealth symseek, then :SymseekRestart'):format(
        life.deaths,
        how
      )
      return tell(life.stopped, vim.log.levels.ERROR)
    end
    if life.deaths == 1 then
      tell(('the server died (%s) and is started again'):format(how))
    end
    vim.defer_fn(function()
      local waiting = life.buffers
      life.buffers = {}
      attach(waiting)
    end, pause)
  end)
end

--- The configuration of the client, for `vim.lsp.config` and for `vim.lsp.start`.
---@return table
function M.config()
  return {
    name = M.NAME,
    cmd = function(dispatchers)
      local command, problem = M.command()
      if not command then
        error(problem, 0)
      end
      life.since = uv.now()
      return vim.lsp.rpc.start(command, dispatchers)
    end,
    root_dir = M.root_dir,
    settings = { symseek = vim.deepcopy(options.get().settings) },
    before_init = before_init,
    on_init = on_init,
    on_exit = on_exit,
  }
end

--- Starts a server for a folder, or takes the running one. Without a buffer it is started for the commands alone.
---@param root string?
---@param bufnr? integer
---@return integer? id
function M.start(root, bufnr)
  local config = has_enable and vim.deepcopy(vim.lsp.config[M.NAME]) or M.config()
  if root ~= nil or type(config.root_dir) == 'function' then
    config.root_dir = root
  end
  if bufnr then
    return vim.lsp.start(config, { bufnr = bufnr })
  end
  if has_enable then
    return vim.lsp.start(config, { attach = false })
  end
  return vim.lsp.start_client(config)
end

--- Has every file that is opened from now on, and those that are open, use the server.
function M.enable()
  if has_enable then
    return vim.lsp.enable(M.NAME)
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('symseek', {}),
    callback = function(event)
      attach({ [event.buf] = true })
    end,
  })
  local open = {}
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    open[bufnr] = true
  end
  attach(open)
end

---@return string? why nothing is started any more
function M.stopped()
  return life.stopped
end

--- Starts again from a clean slate, for every buffer that has or should have the server.
function M.restart()
  life.stopped, life.deaths, told = nil, 0, {}
  local buffers = life.buffers
  life.buffers = {}
  for _, client in ipairs(M.clients()) do
    for bufnr in pairs(client.attached_buffers) do
      buffers[bufnr] = true
    end
    stop(client)
  end
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype ~= '' then
      buffers[bufnr] = true
    end
  end
  -- The one that is stopping would be taken for a running one.
  local deadline = uv.now() + 3000
  local function when_gone()
    if next(life.leaving) and uv.now() < deadline then
      return vim.defer_fn(when_gone, 50)
    end
    attach(buffers)
  end
  when_gone()
end

return M
