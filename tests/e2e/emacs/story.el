;;; story.el --- Eglot without a client of ours: a failing test, an action, hunks as diagnostics, apply  -*- lexical-binding: t -*-

(require 'package)
(package-initialize)
(require 'eglot)
(require 'cl-lib)

(setq eglot-sync-connect 60
      eglot-connect-timeout 300
      eglot-confirm-server-initiated-edits nil
      eglot-autoshutdown nil)
(add-to-list 'eglot-server-programs
             `(python-mode . (,(getenv "AUTOGPT_TEST_SERVER") "-m" "autogpt" "lsp")))
(setq-default eglot-workspace-configuration
              `((:autogpt . (:python ,(getenv "PROJECT_PYTHON")))))

(defconst story-root default-directory)

(defun story-wait (what condition)
  "Let the server speak until CONDITION holds; fail with WHAT when it never does."
  (let ((tries 0) found)
    (while (and (not (setq found (funcall condition))) (< tries 600))
      (accept-process-output nil 0.1)
      (setq tries (1+ tries)))
    (or found (error "Never happened: %s" what))))

(defun story-actions ()
  "The actions at point."
  (eglot-code-actions (point) (point)))

(defun story-action (part)
  "The action at point with PART in its title."
  (cl-find-if (lambda (action) (string-match-p (regexp-quote part) (plist-get action :title)))
              (ignore-errors (story-actions))))

(defun story-do (action)
  "Carry out ACTION as eglot does, which has it resolved first from Emacs 30 on."
  (if (fboundp 'eglot-execute)
      (eglot-execute (eglot-current-server) action)
    (let ((command (plist-get action :command)))
      (eglot-execute-command (eglot-current-server) (intern (plist-get command :command)) (plist-get command :arguments)))))

(find-file (expand-file-name "tests/test_shop.py" story-root))
(apply #'eglot--connect (eglot--guess-contact))
(goto-char (point-min))
(search-forward "def test_tax")
(story-do (story-wait "the action on the test" (lambda () (story-action "test_tax"))))

(find-file (expand-file-name "shop/tax.py" story-root))
(story-wait "the file is managed" #'eglot-managed-p)
(goto-char (point-min))
(search-forward "return price - rate")
(let ((accept (story-wait "the hunk is offered" (lambda () (story-action "Accept all changes")))))
  (cl-assert (story-action "Reject this change"))
  (story-do accept))
(story-wait "the buffer is changed"
            (lambda () (string-match-p "return price \\+ rate" (buffer-string))))
(cl-assert (buffer-modified-p))
(primitive-undo 1 buffer-undo-list)
(princ "story told")
(eglot-shutdown (eglot-current-server) nil 60)
(kill-emacs 0)
