--- `:checkhealth symseek`.

local options = require('symseek.options')
local pickers = require('symseek.pickers')
local server = require('symseek.server')

local M = {}

local function check_editor(health)
  health.start('symseek: editor')
  if vim.lsp.enable then
    health.ok(('Neovim %s'):format(tostring(vim.version())))
    if not vim.lsp.is_enabled or vim.lsp.is_enabled(server.NAME) then
      health.ok('the server is enabled')
    else
      health.warn('the server is not enabled', { "vim.lsp.enable('symseek') or require('symseek').setup()" })
    end
  else
    health.info("Neovim before 0.11: require('symseek').setup() starts the server")
  end
  for _, problem in ipairs(options.problems(options.get())) do
    health.error(problem)
  end
  local picker, problem = pickers.chosen()
  if problem then
    health.warn(problem)
  end
  health.ok(('results are shown by %s'):format(picker == 'select' and 'vim.ui.select and the quickfix list' or picker))
end

local function check_program(health)
  health.start('symseek: program')
  local command, problem = server.command()
  if not command then
    return health.error(problem, { server.INSTALL, "or give its place: require('symseek').setup({ cmd = '/path/to/symseek' })" })
  end
  local answer = vim.fn.system({ command[1], '--version' })
  if vim.v.shell_error ~= 0 or not answer:match('^symseek %d') then
    return health.error(('`%s --version` answers %q'):format(command[1], vim.trim(answer)), { server.INSTALL })
  end
  health.ok(('%s: %s'):format(command[1], vim.trim(answer)))
end

local function check_clients(health)
  health.start('symseek: running servers')
  if server.stopped() then
    health.error(server.stopped(), { 'look at ' .. vim.lsp.log.get_filename(), ':SymseekRestart' })
  end
  local clients = server.clients()
  if #clients == 0 then
    return health.info('none; one starts with the first file or command')
  end
  for _, client in ipairs(clients) do
    local folders = vim.tbl_map(function(folder)
      return vim.fn.fnamemodify(vim.uri_to_fname(folder.uri), ':~')
    end, client.workspace_folders or {})
    local n_buffers = vim.tbl_count(client.attached_buffers)
    health.ok(('client %d: %s, %d buffers'):format(client.id, #folders > 0 and table.concat(folders, ', ') or 'no folder', n_buffers))
    local answer = server.call(client, 'request_sync', 'symseek/status', vim.empty_dict(), 2000)
    if not answer or answer.err then
      health.error('it does not answer', { ':SymseekRestart' })
    else
      for _, line in ipairs(require('symseek').status_lines(answer.result)) do
        health.info(line)
      end
      for _, folder in ipairs(answer.result.folders or {}) do
        if not folder.watching then
          health.warn('it does not follow the disk: changes made outside of Neovim come late', {
            'on Linux: raise fs.inotify.max_user_watches',
          })
        end
      end
    end
  end
  health.info('log: ' .. vim.lsp.log.get_filename())
end

function M.check()
  check_editor(vim.health)
  check_program(vim.health)
  check_clients(vim.health)
end

return M
