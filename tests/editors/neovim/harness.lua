--- A small test runner: tests run in order and share the editor, as the steps of a session do. Writes a report of
--- `ok`/`not ok` lines and ends Neovim.

local M = {}

local tests = {}
--- Every notification since the last `forget`.
M.notified = {}

vim.notify = function(message, level)
  M.notified[#M.notified + 1] = { message = message, level = level or vim.log.levels.INFO }
end

function M.forget()
  M.notified = {}
end

--- Notifications of at least a level, as one text.
---@param level? integer
function M.notifications(level)
  local found = {}
  for _, one in ipairs(M.notified) do
    if one.level >= (level or vim.log.levels.INFO) then
      found[#found + 1] = one.message
    end
  end
  return table.concat(found, '\n')
end

---@param name string
---@param run fun()
function M.test(name, run)
  tests[#tests + 1] = { name = name, run = run }
end

--- Waits until a function gives something true, and gives that.
function M.eventually(what, check, timeout)
  local got
  local done = vim.wait(timeout or 15000, function()
    got = check()
    return got and true or false
  end, 20)
  if not done then
    error(('never happened: %s; notified: %s'):format(what, M.notifications()), 2)
  end
  return got
end

function M.equal(actual, expected, what)
  if not vim.deep_equal(actual, expected) then
    error(('%s: expected %s, found %s'):format(what or 'value', vim.inspect(expected), vim.inspect(actual)), 2)
  end
end

function M.truthy(value, what)
  if not value then
    error(('not so: %s'):format(what), 2)
  end
end

--- Writes a file below the work folder.
---@param path string
---@param text string
---@return string absolute path
function M.write(path, text)
  local full = vim.env.SYMSEEK_TEST_WORK .. '/' .. path
  vim.fn.mkdir(vim.fs.dirname(full), 'p')
  local file = assert(io.open(full, 'w'))
  file:write(text)
  file:close()
  return full
end

--- Two projects: a shop, and a garden that shares no word with it.
function M.projects()
  vim.fn.mkdir(vim.env.SYMSEEK_TEST_WORK .. '/shop/.git', 'p')
  vim.fn.mkdir(vim.env.SYMSEEK_TEST_WORK .. '/garden/.git', 'p')
  M.write('shop/pyrightconfig.json', '{}')
  M.retry = M.write(
    'shop/retry.py',
    [[
"""Keep trying."""
import time


def backoff_delay(attempt, base=0.5, limit=30.0):
    """Seconds to wait before the next attempt: doubles each time, up to a limit."""
    return min(limit, base * 2 ** attempt)


def call_with_retry(action, attempts=5):
    """Call an action again when the connection drops, waiting longer after each failure."""
    for attempt in range(attempts):
        try:
            return action()
        except ConnectionError:
            time.sleep(backoff_delay(attempt))
    raise ConnectionError("gave up")
]]
  )
  M.cart = M.write(
    'shop/cart.py',
    [[
"""The shopping cart."""
from retry import call_with_retry


class Cart:
    """What a customer is about to buy."""

    def __init__(self):
        self.lines = []

    def add(self, article, count=1):
        """Put an article into the cart."""
        self.lines.append((article, count))

    def total(self, prices):
        """Sum of prices times counts, in cents."""
        return sum(prices[article] * count for article, count in self.lines)


def checkout(cart, gateway):
    """Charge the customer's card through the payment gateway."""
    return ("ä😀", call_with_retry(lambda: gateway.charge(cart.total(gateway.prices))))[1]
]]
  )
  M.beds = M.write(
    'garden/beds.py',
    [[
"""Vegetable beds."""


def water_plants(beds, litres):
    """Give every bed its share of water when the soil is dry."""
    for bed in beds:
        bed.moisture += litres / len(beds)
]]
  )
end

--- Our clients.
function M.ours(filter)
  return vim.lsp.get_clients(vim.tbl_extend('force', { name = 'symseek' }, filter or {}))
end

--- Waits until everything is indexed.
function M.indexed(client)
  M.eventually('the index is ready', function()
    local answer = require('symseek.server').call(client, 'request_sync', 'symseek/status', vim.empty_dict(), 2000)
    -- Before a folder is opened there is nothing that is not ready.
    local folder = answer and answer.result and answer.result.folders[1]
    return folder and folder.state == 'ready' and folder.chunks > 0
  end)
end

--- Runs a command with `!` and gives its quickfix items as `file:line:column text`. With `again`, runs it until its
--- list is complete and not empty, because a server that has just started answers before it has indexed, and at first
--- does not yet know that it will.
---@param command string
---@param again? 'again'
function M.quickfix(command, again)
  vim.fn.setqflist({}, 'r', { title = '' })
  vim.fn.setqflist({}, 'r')
  vim.cmd(command)
  local items
  M.eventually(command, function()
    local list = vim.fn.getqflist({ title = 0, size = 0 })
    if again and list.title:find('Symseek', 1, true) and (list.size == 0 or list.title:find('still indexing', 1, true)) then
      -- Emptied, so that nothing but the new answer ends the wait: an answer that comes later moves the cursor into its list.
      vim.fn.setqflist({}, 'r')
      vim.fn.setqflist({}, 'r', { title = '' })
      vim.cmd(command)
    end
    items = vim.tbl_map(function(item)
      local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(item.bufnr), ':t')
      return ('%s:%d:%d %s'):format(name, item.lnum, item.col, item.text)
    end, vim.fn.getqflist())
    return #items > 0
  end)
  vim.cmd('cclose')
  return items
end

--- Process ids of the running servers.
function M.server_pids()
  -- Linux keeps the first 15 bytes of a process' name. Read from /proc: `nvim_get_proc` runs `ps`, which finds nothing at times
  -- on a busy machine.
  local name = vim.fs.basename(vim.env.SYMSEEK_TEST_BINARY):sub(1, 15)
  local parent = tostring(vim.fn.getpid())
  local pids = {}
  for _, stat in ipairs(vim.fn.glob('/proc/[0-9]*/stat', true, true)) do
    local file = io.open(stat)
    local text = file and file:read('*l') or ''
    if file then
      file:close()
    end
    local pid, comm, state, ppid = text:match('^(%d+) %((.*)%) (%a) (%d+)')
    if comm == name and ppid == parent and state ~= 'Z' then
      pids[#pids + 1] = tonumber(pid)
    end
  end
  return pids
end

--- Stops the running servers where they are, so that they answer nothing more.
function M.stop_servers()
  for _, pid in ipairs(M.server_pids()) do
    vim.uv.kill(pid, 'sigstop')
    -- Each thread stops by itself, a moment later.
    M.eventually('all threads are stopped', function()
      for _, stat in ipairs(vim.fn.glob(('/proc/%d/task/*/stat'):format(pid), true, true)) do
        local file = io.open(stat)
        local text = file and file:read('*l')
        if file then
          file:close()
        end
        -- A thread that is gone says nothing any more.
        if text and not text:match('^%d+ %(.*%) [TZX]') then
          return false
        end
      end
      return true
    end)
  end
end

function M.kill_servers()
  local pids = M.server_pids()
  assert(#pids > 0, 'there is a server to kill')
  for _, pid in ipairs(pids) do
    vim.uv.kill(pid, 'sigkill')
  end
end

--- The text of `:checkhealth symseek`.
function M.health()
  vim.cmd('checkhealth symseek')
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  vim.cmd('bwipeout!')
  return text
end

--- Runs the tests and ends the editor.
function M.run()
  local report = {}
  for _, test in ipairs(tests) do
    local ok, problem = xpcall(test.run, debug.traceback)
    report[#report + 1] = (ok and 'ok ' or 'not ok ') .. test.name
    if not ok then
      report[#report + 1] = '    ' .. tostring(problem):gsub('\n', '\n    ')
    end
  end
  local file = assert(io.open(vim.env.SYMSEEK_TEST_WORK .. '/report', 'w'))
  file:write(table.concat(report, '\n') .. '\n')
  file:close()
  vim.cmd('qall!')
end

return M
