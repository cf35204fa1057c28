" Vim with ALE and nothing of ours: a failing test, its action, the hunk's own action, the buffer changed.
set nocompatible nomore noswapfile hidden
let g:ale_linters_explicit = 1
let g:ale_linters = {'python': ['autogpt']}
let g:ale_completion_enabled = 0
execute 'set runtimepath^=' . fnameescape($VIM_ALE)
filetype plugin on
runtime! plugin/ale.vim
runtime! autoload/ale/util.vim

call ale#linter#Define('python', {
\   'name': 'autogpt',
\   'lsp': 'stdio',
\   'executable': $AUTOGPT_TEST_SERVER,
\   'command': '%e -m autogpt lsp',
\   'project_root': {buffer -> getcwd()},
\   'initialization_options': {'settings': {'python': $PROJECT_PYTHON}},
\})

let s:wanted = ''
let s:done = 0

" Chooses the action whose title has the wanted text in it, as a person would in the menu of ALE.
function! s:Menu(data, items) abort
    for l:item in a:items
        if l:item[1].title =~# s:wanted
            let s:done = 1
            call ale#codefix#ApplyLSPCodeAction(a:data, l:item[1])
            return
        endif
    endfor
endfunction

" Asks at the cursor until there is such an action.
function! s:Do(wanted) abort
    let s:wanted = a:wanted
    let s:done = 0
    for l:try in range(600)
        if l:try % 10 == 0
            call ale#codefix#Execute(0, function('s:Menu'))
        endif
        sleep 100m
        if s:done
            return
        endif
    endfor
    call s:Fail('no action with ' . a:wanted)
endfunction

function! s:Fail(what) abort
    call writefile([a:what, string(ale#engine#GetLoclist(bufnr(''))), string(getline(1, '$'))], $STORY)
    cquit!
endfunction

try
    edit tests/test_shop.py
    call search('def test_tax')
    call s:Do('test_tax')

    edit shop/tax.py
    call search('return price - rate')
    call s:Do('Accept all changes')
    for s:try in range(600)
        if search('return price + rate', 'n')
            break
        endif
        sleep 100m
    endfor
    if !search('return price + rate', 'n')
        call s:Fail('the buffer was never changed')
    endif
    call writefile(['story told'] + map(copy(ale#engine#GetLoclist(bufnr(''))), 'v:val.text'), $STORY)
catch
    call s:Fail(v:exception . ' at ' . v:throwpoint)
endtry
qall!
