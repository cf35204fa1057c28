std = 'luajit'
globals = { 'vim' }
max_line_length = 120
ignore = { '122' } -- setting a field of `vim`: its options
