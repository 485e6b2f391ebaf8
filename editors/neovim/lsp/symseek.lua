-- What `vim.lsp.enable('symseek')` starts (Neovim 0.11 and newer).
return require('symseek.server').config()
