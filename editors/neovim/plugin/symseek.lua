-- The user commands. They ask our own client and nobody else, whatever other language servers the buffer has.
if vim.g.loaded_symseek then
  return
end
vim.g.loaded_symseek = true

local function command(name, run, opts)
  vim.api.nvim_create_user_command(name, run, opts)
end

command('Symseek', function(args)
  require('symseek').search(args.args, { quickfix = args.bang })
end, { nargs = '*', bang = true, desc = 'Search code by name, words or meaning; with ! into the quickfix list' })

command('SymseekSimilar', function(args)
  local range = args.range > 0 and { args.line1, args.line2 } or nil
  require('symseek').similar({ range = range, quickfix = args.bang })
end, { range = true, bang = true, desc = 'Code like the symbol at the cursor, or like the range' })

command('SymseekCallers', function(args)
  require('symseek').callers(args.args, { quickfix = args.bang })
end, { nargs = '?', bang = true, desc = 'Who uses the symbol at the cursor, or the one named' })

command('SymseekCallees', function(args)
  require('symseek').callees(args.args, { quickfix = args.bang })
end, { nargs = '?', bang = true, desc = 'What the symbol at the cursor, or the one named, uses' })

command('SymseekStatus', function()
  require('symseek').status()
end, { desc = 'What is indexed, what was skipped and why' })

command('SymseekRestart', function()
  require('symseek.server').restart()
end, { desc = 'Start the language server again' })
