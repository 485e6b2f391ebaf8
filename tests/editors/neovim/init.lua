-- The user's configuration in these tests: our plugin by its folder, the test's helpers, and nothing else.
vim.opt.runtimepath:prepend(vim.env.SYMSEEK_TEST_PLUGIN)
package.path = vim.env.SYMSEEK_TEST_HERE .. '/?.lua;' .. package.path
vim.o.swapfile = false
vim.o.shortmess = vim.o.shortmess .. 'AI'
