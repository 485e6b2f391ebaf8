;;; symseek.el --- Search code by name, words or meaning  -*- lexical-binding: t; -*-

;; Author: The Symseek authors
;; Version: 0.1.0
;; Package-Requires: ((emacs "28.1"))
;; Keywords: tools, matching, languages
;; URL: https://github.com/symseek/symseek
;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; Symseek is a language server that finds code by name, by words and by
;; meaning, also in text that was never saved, and tells who calls what.
;;
;; Turn `global-symseek-mode' on; then `symseek-search', `symseek-similar',
;; `symseek-callers', `symseek-callees' and `symseek-status' answer.
;;
;; Eglot runs one server per buffer, and that place is taken by your
;; language server.  So this package has a connection of its own for each
;; project, over jsonrpc.el, and keeps the buffers of `symseek-mode' in
;; sync with it.  Columns are counted in characters: that is the only
;; position encoding we offer, so nothing has to be converted.
;;
;; With lsp-mode, `symseek-lsp-register' adds the server beside others
;; for lsp-mode's own symbol pickers.

;;; Code:

(require 'cl-lib)
(require 'jsonrpc)
(require 'project)
(require 'seq)
(require 'subr-x)
(require 'url-parse)
(require 'url-util)
(require 'xref)

(declare-function consult--jump-preview "ext:consult")
(declare-function consult--temporary-files "ext:consult")
(declare-function lsp-register-client "ext:lsp-mode")
(declare-function make-lsp-client "ext:lsp-mode")
(declare-function lsp-stdio-connection "ext:lsp-mode")

(defgroup symseek nil
  "Search code by name, words or meaning."
  :group 'tools
  :prefix "symseek-")

(defcustom symseek-program nil
  "The program: its name or path, or a list of it and its arguments.
When nil, `symseek' is looked for on the variable `exec-path', then in
~/.cargo/bin."
  :type '(choice (const :tag "Find it" nil) file (repeat string)))

(defcustom symseek-settings nil
  "Settings of the server, as a plist without \"symseek.\" in front.
For example (:exclude [\"third_party/**\"] :legs (:vector :json-false)).
They count when a server starts; see `symseek-restart'."
  :type 'plist)

(defcustom symseek-limit 50
  "So many hits are asked for."
  :type 'natnum)

(defcustom symseek-idle-delay 0.3
  "Edits are sent after so many seconds of quiet, and before each question."
  :type 'number)

(defcustom symseek-restart-delays '(1 2 4 8 16)
  "Seconds before a server that died is started again, one for each death.
After the last one it is given up."
  :type '(repeat number))

(defconst symseek--protocol 1
  "The version of the server's answers that this package reads.")

(defconst symseek--install "cargo install --path server"
  "The command that installs the program.")

;;;; Connections: one for each project

(defclass symseek-connection (jsonrpc-process-connection)
  ((root :initform nil :accessor symseek--root
         :documentation "The folder, or nil for files of no project.")
   (leaving :initform nil :accessor symseek--leaving
            :documentation "Non-nil when its end was asked for.")
   (since :initform 0 :accessor symseek--since
          :documentation "When it was started.")
   (progress :initform nil :accessor symseek--progress
             :documentation "What it is doing, for the mode line.")
   (last-id :initform nil :accessor symseek--last-id
            :documentation "Id of the request that was sent last."))
  :documentation "A connection to one server.")

(defvar symseek--connections (make-hash-table :test #'equal)
  "Running connections by folder.")

(defvar symseek--deaths (make-hash-table :test #'equal)
  "How often the server of each folder died since it last lived long.")

(defvar symseek--given-up (make-hash-table :test #'equal)
  "Why no server is started for a folder any more.")

(defvar symseek--told nil
  "Messages that were shown once already.")

(defun symseek--tell (format &rest arguments)
  "Show a message made of FORMAT and ARGUMENTS, once."
  (let ((text (apply #'format format arguments)))
    (unless (member text symseek--told)
      (push text symseek--told)
      (display-warning 'symseek text :warning))))

(cl-defmethod jsonrpc-connection-send :before
  ((connection symseek-connection) &key id method &allow-other-keys)
  "Remember the ID of a request to CONNECTION, to call it off.
Answers of ours have an id and no METHOD."
  (when (and id method)
    (setf (symseek--last-id connection) id)))

(defun symseek--command ()
  "The program and its arguments; without one, an error with what to do."
  (pcase symseek-program
    ((and `(,program . ,_) (guard (executable-find program))) symseek-program)
    ((and (pred stringp) (app executable-find (and path (pred stringp)))) (list path "lsp"))
    ('nil (let* ((home (expand-file-name "~/.cargo/bin/symseek"))
                 (path (or (executable-find "symseek")
                           (and (file-executable-p home) home))))
            (unless path
              (user-error "Symseek: the program is not on `exec-path'; install it: %s" symseek--install))
            (list path "lsp")))
    (_ (user-error "Symseek: `symseek-program' (%s) cannot be run" symseek-program))))

(defun symseek--folder ()
  "The folder of the current buffer's project, or nil."
  (when-let* ((project (project-current))
              (root (if (fboundp 'project-root)
                        (project-root project)
                      (car (with-no-warnings (project-roots project))))))
    (directory-file-name (expand-file-name root))))

(defun symseek--path-to-uri (path)
  "The URI of the file PATH."
  (concat "file://" (and (eq system-type 'windows-nt) "/")
          (url-hexify-string (expand-file-name path)
                             (let ((allowed (copy-sequence url-path-allowed-chars)))
                               (aset allowed ?: nil)
                               allowed))))

(defun symseek--uri-to-path (uri)
  "The path that URI names."
  (let ((path (decode-coding-string
               (url-unhex-string (url-filename (url-generic-parse-url uri)))
               'utf-8)))
    (if (and (eq system-type 'windows-nt) (string-prefix-p "/" path))
        (substring path 1)
      path)))

(defun symseek--empty ()
  "The empty JSON object."
  (make-hash-table :size 1))

(defun symseek--initialize-params (root)
  "What a server for ROOT is told at its start."
  (let ((folder (and root (list :uri (symseek--path-to-uri root)
                                :name (file-name-nondirectory root)))))
    (list :processId (emacs-pid)
          :clientInfo (list :name "symseek.el" :version "0.1.0")
          :rootUri (and folder (plist-get folder :uri))
          :workspaceFolders (if folder (vector folder) nil)
          :initializationOptions (or symseek-settings (symseek--empty))
          :capabilities
          (list :general '(:positionEncodings ["utf-32"])
                :window '(:workDoneProgress t :showDocument (:support t))
                :workspace '(:configuration t :workspaceFolders t)
                :textDocument '(:synchronization (:didSave t))))))

(defun symseek--connect (root)
  "Start a server for ROOT and return its connection."
  (let* ((command (symseek--command))
         (name (format "symseek %s" (if root (abbreviate-file-name root) "without project")))
         (default-directory (or root (expand-file-name "~/")))
         (connection
          (make-instance
           'symseek-connection
           :name name
           :process (lambda ()
                      (make-process :name name :command command
                                    :coding 'utf-8-emacs-unix
                                    :connection-type 'pipe :noquery t
                                    :stderr (get-buffer-create (format "*%s stderr*" name))))
           :notification-dispatcher #'symseek--notified
           :request-dispatcher #'symseek--asked
           :on-shutdown #'symseek--ended)))
    (setf (symseek--root connection) root
          (symseek--since connection) (float-time))
    (puthash root connection symseek--connections)
    (let* ((answer (jsonrpc-request connection :initialize (symseek--initialize-params root)
                                    :timeout 20))
           (capabilities (plist-get answer :capabilities))
           (version (plist-get (plist-get (plist-get capabilities :experimental) :symseek) :version)))
      (unless (eql version symseek--protocol)
        (let ((why (format "the server speaks version %s of its answers, this package reads %s; install both from one place"
                           (or version "unknown") symseek--protocol)))
          (puthash root why symseek--given-up)
          (symseek--stop connection)
          (user-error "Symseek: %s" why))))
    (symseek--notify connection :initialized (symseek--empty))
    (dolist (buffer (symseek--buffers root))
      (with-current-buffer buffer (symseek--open connection)))
    connection))

(defun symseek--notify (connection method params)
  "Tell CONNECTION of METHOD with PARAMS, if it still lives.
The process may be dead before Emacs has been told: that is dealt with when
it is told, and is no error of whoever edits or saves a buffer."
  (when (and connection (jsonrpc-running-p connection))
    (condition-case nil
        (jsonrpc-notify connection method params)
      (error nil))))

(defun symseek--stop (connection)
  "End CONNECTION in order."
  (setf (symseek--leaving connection) t)
  (remhash (symseek--root connection) symseek--connections)
  (when (jsonrpc-running-p connection)
    (ignore-errors (jsonrpc-request connection :shutdown nil :timeout 2))
    (symseek--notify connection :exit nil)
    (ignore-errors (jsonrpc-shutdown connection))))

(defun symseek--ended (connection)
  "CONNECTION ended; unless that was asked for, start it again later."
  (let ((root (symseek--root connection)))
    (when (eq connection (gethash root symseek--connections))
      (remhash root symseek--connections))
    (unless (symseek--leaving connection)
      ;; A server that lived for three minutes has earned a fresh count.
      (when (> (- (float-time) (symseek--since connection)) 180)
        (remhash root symseek--deaths))
      (let* ((deaths (1+ (gethash root symseek--deaths 0)))
             (delay (nth (1- deaths) symseek-restart-delays)))
        (puthash root deaths symseek--deaths)
        (cond
         ((not delay)
          (let ((why (format "the server died %d times and is not started again; see its stderr buffer, then `symseek-restart'"
                             deaths)))
            (puthash root why symseek--given-up)
            (symseek--tell "%s" why)))
         (t
          (when (= deaths 1)
            (symseek--tell "the server of %s died and is started again" (or root "no project")))
          (run-with-timer delay nil #'symseek--again root)))))))

(defun symseek--again (root)
  "Start the server for ROOT again, unless somebody did."
  (unless (or (gethash root symseek--connections) (gethash root symseek--given-up)
              ;; Without a buffer that wants it, the next question starts it.
              (null (symseek--buffers root)))
    (condition-case problem
        (symseek--connect root)
      (error (symseek--tell "%s" (error-message-string problem))))))

(defun symseek--connection (&optional root)
  "The running connection for ROOT, by default that of the current buffer.
One is started when there is none.  Signals an error when there cannot be
one."
  (let* ((root (or root (symseek--buffer-folder)))
         (running (gethash root symseek--connections)))
    (cond
     ((and running (jsonrpc-running-p running)) running)
     ((gethash root symseek--given-up)
      (user-error "Symseek: %s" (gethash root symseek--given-up)))
     (t (symseek--connect root)))))

;;;; What the server asks and tells

(defun symseek--asked (_connection method params)
  "Answer the request METHOD of the server with PARAMS."
  (pcase method
    ('workspace/configuration
     (cl-map 'vector (lambda (_) (or symseek-settings (symseek--empty)))
             (plist-get params :items)))
    ('window/showDocument
     (find-file-other-window (symseek--uri-to-path (plist-get params :uri)))
     '(:success t))
    ((or 'window/workDoneProgress/create 'client/registerCapability
         'client/unregisterCapability 'window/showMessageRequest)
     nil)
    (_ (jsonrpc-error :code -32601 :message (format "no such request: %s" method)))))

(defun symseek--notified (connection method params)
  "Take the notification METHOD with PARAMS of CONNECTION."
  (pcase method
    ('$/progress
     (let ((value (plist-get params :value)))
       (setf (symseek--progress connection)
             (unless (equal (plist-get value :kind) "end")
               (format "%s%%%%" (or (plist-get value :percentage) 0))))
       (force-mode-line-update t)))
    ('window/showMessage
     (symseek--tell "%s" (plist-get params :message)))))

;;;; Buffers in sync

(defvar-local symseek--opened nil
  "The connection that knows this buffer's text, and its folder's.")
(defvar-local symseek--uri nil
  "The URI under which the server knows this buffer.")
(defvar-local symseek--version 0
  "The version of the text that was sent last.")
(defvar-local symseek--changes nil
  "Edits that were not sent yet, newest first, or `full'.")
(defvar-local symseek--before nil
  "Beginning and end of the region about to change, as positions of both kinds.")
(defvar-local symseek--size 0
  "How long the text is after the edits that were noticed.")
(defvar-local symseek--root-cache 'unknown
  "The folder of this buffer, found once.")

(defvar symseek-mode)

(defvar symseek--idle-timer nil
  "The timer that sends edits after a while of quiet.")

(defun symseek--buffer-folder ()
  "The folder of the current buffer, looked up once."
  (when (eq symseek--root-cache 'unknown)
    (setq symseek--root-cache (symseek--folder)))
  symseek--root-cache)

(defun symseek--buffers (root)
  "Buffers in `symseek-mode' whose folder is ROOT."
  (seq-filter (lambda (buffer)
                (with-current-buffer buffer
                  (and symseek-mode (equal (symseek--buffer-folder) root))))
              (buffer-list)))

(defun symseek--clean (text)
  "TEXT with U+FFFD for each character that JSON cannot carry.
One for one, so that columns stay right: raw bytes and lone surrogates."
  (replace-regexp-in-string "[\x3fff80-\x3fffff\xd800-\xdfff]" "\ufffd" text t t))

(defun symseek--text ()
  "The whole text of the buffer."
  (save-restriction
    (widen)
    (symseek--clean (buffer-substring-no-properties (point-min) (point-max)))))

(defun symseek--position (&optional place)
  "PLACE, by default point, as a position of the protocol."
  (save-excursion
    (save-restriction
      (widen)
      (when place (goto-char place))
      (let ((here (point)))
        (forward-line 0)
        (list :line (1- (line-number-at-pos (point) t))
              :character (- here (point)))))))

(defun symseek--language ()
  "The protocol's name for the language of the buffer's mode."
  (replace-regexp-in-string "\\(?:-ts\\)?-mode\\'" "" (symbol-name major-mode)))

(defun symseek--open (connection)
  "Tell CONNECTION of the current buffer."
  (setq symseek--opened connection
        symseek--uri (symseek--path-to-uri buffer-file-name)
        symseek--version (1+ symseek--version)
        symseek--changes nil
        symseek--before nil
        symseek--size (buffer-size))
  (symseek--notify connection :textDocument/didOpen
                   (list :textDocument
                         (list :uri symseek--uri :languageId (symseek--language)
                               :version symseek--version :text (symseek--text)))))

(defun symseek--close ()
  "Tell the server that the current buffer's text does not count any more."
  (symseek--notify symseek--opened :textDocument/didClose
                   (list :textDocument (list :uri symseek--uri)))
  (setq symseek--opened nil))

(defun symseek--before-change (beginning end)
  "Remember where the region from BEGINNING to END lies, before an edit."
  (setq symseek--before
        (list beginning end (symseek--position beginning) (symseek--position end))))

(defun symseek--after-change (beginning end length)
  "Note that LENGTH characters became the text from BEGINNING to END."
  (pcase symseek--before
    ((guard (eq symseek--changes 'full)))
    ((and `(,(pred (eql beginning)) ,old-end ,from ,to)
          (guard (= old-end (+ beginning length))))
     (push (list :range (list :start from :end to)
                 :text (save-restriction
                         (widen)
                         (symseek--clean (buffer-substring-no-properties beginning end))))
           symseek--changes))
    ;; Emacs may announce more than it then changes; the whole text is right in any case.
    (_ (setq symseek--changes 'full)))
  (setq symseek--before nil
        symseek--size (+ symseek--size (- end beginning length)))
  (symseek--flush-soon))

(defun symseek--flush-soon ()
  "Send edits after a while of quiet."
  (unless symseek--idle-timer
    (setq symseek--idle-timer
          (run-with-idle-timer symseek-idle-delay nil
                               (lambda ()
                                 (setq symseek--idle-timer nil)
                                 (symseek--flush-all))))))

(defun symseek--flush ()
  "Send the edits of the current buffer."
  (when (and symseek--opened (jsonrpc-running-p symseek--opened))
    ;; Changes behind the back of the hooks show in the size.
    (unless (= symseek--size (buffer-size))
      (setq symseek--changes 'full))
    (when symseek--changes
      (let ((changes (if (eq symseek--changes 'full)
                         (vector (list :text (symseek--text)))
                       (vconcat (reverse symseek--changes)))))
        (setq symseek--changes nil
              symseek--size (buffer-size)
              symseek--version (1+ symseek--version))
        (symseek--notify symseek--opened :textDocument/didChange
                         (list :textDocument (list :uri symseek--uri :version symseek--version)
                               :contentChanges changes))))))

(defun symseek--flush-all ()
  "Send the edits of all buffers."
  (dolist (buffer (buffer-list))
    (when (buffer-local-value 'symseek-mode buffer)
      (with-current-buffer buffer (symseek--flush)))))

(defun symseek--saved ()
  "Tell the server that the buffer was saved."
  (symseek--flush)
  (symseek--notify symseek--opened :textDocument/didSave
                   (list :textDocument (list :uri symseek--uri))))

(defun symseek--reopen ()
  "Tell the server of this buffer afresh: it was reverted or has another name."
  (symseek--close)
  (kill-local-variable 'symseek--root-cache)
  (if buffer-file-name
      (symseek--try-open)
    (symseek-mode -1)))

(defun symseek--try-open ()
  "Open the current buffer in its server.
Trouble is told once and never gets in the way of visiting a file."
  (condition-case problem
      (let ((connection (symseek--connection)))
        ;; A server that was just started has opened all its buffers.
        (unless (eq symseek--opened connection)
          (symseek--open connection)))
    (error (symseek--tell "%s" (error-message-string problem)))))

(defconst symseek--hooks
  '((before-change-functions . symseek--before-change)
    (after-change-functions . symseek--after-change)
    (after-save-hook . symseek--saved)
    (before-revert-hook . symseek--close)
    (after-revert-hook . symseek--reopen)
    (after-set-visited-file-name-hook . symseek--reopen)
    (change-major-mode-hook . symseek--close)
    (kill-buffer-hook . symseek--close))
  "Hooks of a buffer that is kept in sync.")

(defun symseek--lighter ()
  "The text for the mode line."
  (let ((progress (and symseek--opened (symseek--progress symseek--opened))))
    (if progress (concat " Symseek:" progress) " Symseek")))

;;;###autoload
(define-minor-mode symseek-mode
  "Keep this buffer's text searchable by Symseek, saved or not."
  :lighter (:eval (symseek--lighter))
  (cond
   ((not symseek-mode)
    (symseek--close)
    (pcase-dolist (`(,hook . ,function) symseek--hooks)
      (remove-hook hook function t)))
   ((not (and buffer-file-name (not (file-remote-p buffer-file-name))))
    (setq symseek-mode nil))
   (t
    (pcase-dolist (`(,hook . ,function) symseek--hooks)
      (add-hook hook function nil t))
    (symseek--try-open))))

(defun symseek--turn-on ()
  "Turn `symseek-mode' on in a buffer that visits a local file."
  (when (and buffer-file-name (not (file-remote-p buffer-file-name)))
    (symseek-mode 1)))

;;;###autoload
(define-globalized-minor-mode global-symseek-mode symseek-mode symseek--turn-on
  :group 'symseek)

;;;; Questions

(defun symseek--request (connection method params &optional interruptible)
  "Ask CONNECTION for METHOD with PARAMS, after all edits.
When INTERRUPTIBLE, input calls the question off and the answer is nil.
So does \\[keyboard-quit] in any case."
  (symseek--flush-all)
  (let ((answer 'symseek--none) id)
    (unwind-protect
        (progn
          (setq answer
                (condition-case problem
                    (jsonrpc-request connection method params
                                     :timeout 20
                                     :cancel-on-input interruptible
                                     :cancel-on-input-retval 'symseek--none)
                  (jsonrpc-error
                   (user-error "Symseek: %s"
                               (or (alist-get 'jsonrpc-error-message (cddr problem))
                                   (error-message-string problem))))
                  (error (user-error "Symseek: the server has just ended (%s)"
                                     (error-message-string problem)))))
          (and (not (eq answer 'symseek--none)) answer))
      (setq id (symseek--last-id connection))
      (when (and id (eq answer 'symseek--none))
        (symseek--notify connection :$/cancelRequest (list :id id))))))

(defun symseek--ready ()
  "The connection for the current buffer, which is in sync when it is a file."
  (when (and buffer-file-name (not symseek-mode))
    (symseek-mode 1))
  (symseek--connection))

(defun symseek--remarks (answer)
  "What has to be said of ANSWER: whether it is all, and the server's notes."
  (string-join (append (unless (eq (plist-get answer :complete) t)
                         '("still indexing, more may be found later"))
                       (plist-get answer :notes) nil)
               "; "))

(defun symseek--shorten (path root)
  "PATH relative to ROOT where it lies below it."
  (if (and root (string-prefix-p (file-name-as-directory root) path))
      (file-relative-name path root)
    (abbreviate-file-name path)))

(defun symseek--one-line (text)
  "TEXT on one line."
  (string-trim (replace-regexp-in-string "[ \t\n\r]+" " " text)))

(defun symseek--describe (hit)
  "What is shown of HIT beside its place."
  (let ((kind (plist-get hit :kindName))
        (container (plist-get hit :containerName))
        (signature (plist-get hit :signature)))
    (if (equal kind "text")
        (concat "text " (symseek--one-line
                         (if (string-match "[^ \t\n][^\n]*" (plist-get hit :snippet))
                             (match-string 0 (plist-get hit :snippet))
                           "")))
      (symseek--one-line
       (concat kind " " (plist-get hit :name)
               (unless (string-empty-p container) (concat " in " container))
               (unless (string-empty-p signature) (concat " — " signature)))))))

(defun symseek--xref (path place summary)
  "An xref to PLACE, a position of the protocol, in the file PATH with SUMMARY."
  (xref-make summary
             (xref-make-file-location path
                                      (1+ (plist-get place :line))
                                      (plist-get place :character))))

(defun symseek--hit-xref (hit)
  "An xref to HIT."
  (symseek--xref (plist-get hit :path)
                 (plist-get (plist-get hit :selectionRange) :start)
                 (symseek--describe hit)))

(defun symseek--site-xrefs (hit)
  "An xref to each place in HIT where the symbol is used.
A binding that is not sure has how sure it is."
  (or (mapcar
       (lambda (site)
         (let ((sure (plist-get site :confidence)))
           (symseek--xref (symseek--uri-to-path (plist-get site :uri))
                          (plist-get (plist-get site :range) :start)
                          (concat (plist-get hit :name)
                                  (when (< sure 0.7) (format " (%d%% sure)" (round (* 100 sure))))
                                  " — "
                                  (symseek--one-line (plist-get site :text))))))
       (plist-get hit :sites))
      (list (symseek--hit-xref hit))))

(defun symseek--used-xrefs (hit)
  "An xref to HIT, which is used, with the first line where it is used."
  (let* ((sites (plist-get hit :sites))
         (site (and (> (length sites) 0) (elt sites 0))))
    (list (symseek--xref (plist-get hit :path)
                         (plist-get (plist-get hit :selectionRange) :start)
                         (concat (symseek--describe hit)
                                 (when site
                                   (format " ← line %d: %s"
                                           (plist-get site :line)
                                           (symseek--one-line (plist-get site :text))))
                                 (when (> (length sites) 1)
                                   (format ", and %d more" (1- (length sites)))))))))

(defun symseek--show (title answer shape)
  "Show the hits of ANSWER as xrefs, by SHAPE, a function from hit to list.
TITLE is for the message when there is nothing to show."
  (let ((xrefs (seq-mapcat shape (plist-get answer :hits)))
        (remarks (symseek--remarks answer)))
    (unless xrefs
      (user-error "Symseek: %s: nothing found%s" title
                  (if (string-empty-p remarks) "" (format " (%s)" remarks))))
    (xref-push-marker-stack)
    (funcall xref-show-xrefs-function (lambda () xrefs)
             `((window . ,(selected-window)) (display-action . nil)))
    (unless (string-empty-p remarks)
      (message "Symseek: %s" remarks))))

(defun symseek--place ()
  "Point as the parameters of a question."
  (unless buffer-file-name
    (user-error "Symseek: this buffer is no file"))
  (list :textDocument (list :uri (symseek--path-to-uri buffer-file-name))
        :position (symseek--position)
        :limit symseek-limit))

(defun symseek--symbol (prompt)
  "Read a name with PROMPT when there is a prefix argument or no file."
  (when (or current-prefix-arg (not buffer-file-name))
    (list (read-string prompt (thing-at-point 'symbol t)))))

;;;###autoload
(defun symseek-callers (&optional name)
  "Show where the symbol at point is used.
With a prefix argument, or from Lisp, NAME is the symbol."
  (interactive (symseek--symbol "Callers of: "))
  (let ((connection (symseek--ready)))
    (symseek--show "callers"
                   (symseek--request connection :symseek/callers
                                     (if name
                                         (list :name name :limit symseek-limit)
                                       (symseek--place)))
                   #'symseek--site-xrefs)))

;;;###autoload
(defun symseek-callees (&optional name)
  "Show what is used by the symbol at point.
With a prefix argument, or from Lisp, NAME is the symbol."
  (interactive (symseek--symbol "Callees of: "))
  (let ((connection (symseek--ready)))
    (symseek--show "callees"
                   (symseek--request connection :symseek/callees
                                     (if name
                                         (list :name name :limit symseek-limit)
                                       (symseek--place)))
                   #'symseek--used-xrefs)))

;;;###autoload
(defun symseek-similar ()
  "Show code like the region, or like the symbol at point.
In a buffer that is no file: code like its text."
  (interactive)
  (let* ((connection (symseek--ready))
         (params
          (cond
           ((not buffer-file-name)
            (list :text (symseek--clean
                         (if (use-region-p)
                             (buffer-substring-no-properties (region-beginning) (region-end))
                           (buffer-substring-no-properties (point-min) (point-max))))
                  :limit symseek-limit))
           ((use-region-p)
            (list :textDocument (list :uri (symseek--path-to-uri buffer-file-name))
                  :range (list :start (symseek--position (region-beginning))
                               :end (symseek--position (region-end)))
                  :limit symseek-limit))
           (t (symseek--place)))))
    (symseek--show "similar" (symseek--request connection :symseek/similar params)
                   (lambda (hit) (list (symseek--hit-xref hit))))))

;;;; Search, as you type

(defvar symseek-history nil
  "Queries that were asked.")

(defun symseek--candidates (answer root)
  "The hits of ANSWER as strings, each with its hit as a text property.
Paths are shown relative to ROOT.  Equal strings are told apart by their
place, which is part of them."
  (mapcar (lambda (hit)
            (propertize (format "%s  %s:%d"
                                (symseek--describe hit)
                                (symseek--shorten (plist-get hit :path) root)
                                (1+ (plist-get (plist-get (plist-get hit :selectionRange) :start) :line)))
                        'symseek-hit hit))
          (plist-get answer :hits)))

(defun symseek--search-params (query &optional once)
  "Parameters of a search for QUERY, which may still be being typed.
What is asked ONCE waits for a model's second opinion, where there is one,
within the server's budget; a list that follows the typing is never
reordered."
  (list :query (symseek--clean query) :limit symseek-limit :lenient t
        :refine (if once "now" "never")))

(defun symseek--table (connection found)
  "A completion table that asks CONNECTION, with what is in the minibuffer.
It keeps the server's order and leaves nothing out.  FOUND is a hash
table; it takes each candidate's hit."
  (let ((root (symseek--root connection))
        asked candidates)
    (lambda (text _predicate action)
      (pcase action
        ('metadata '(metadata (category . symseek)
                              (display-sort-function . identity)
                              (cycle-sort-function . identity)))
        (`(boundaries . ,_) nil)
        ('lambda (and (gethash text found) t))
        (_
         (unless (or (equal text asked) (gethash text found))
           (let ((answer (symseek--request connection :symseek/search
                                           (symseek--search-params text)
                                           (not noninteractive))))
             ;; An answer that was called off is no answer: it is asked again.
             (when answer
               (setq asked text
                     candidates (symseek--candidates answer root))
               (dolist (candidate candidates)
                 (puthash candidate (get-text-property 0 'symseek-hit candidate) found)))))
         (if action candidates (and candidates text)))))))

(defun symseek--try-completion (text _table _predicate point)
  "Leave TEXT with POINT as it is: a question is not completed."
  (cons text point))

(defun symseek--all-completions (text table predicate _point)
  "All that TABLE gives for TEXT and PREDICATE, unfiltered."
  (all-completions "" (lambda (_text predicate action)
                        (funcall table text predicate action))
                   predicate))

(add-to-list 'completion-styles-alist
             '(symseek symseek--try-completion symseek--all-completions
                       "What the Symseek server answers, unfiltered."))
(add-to-list 'completion-category-defaults '(symseek (styles symseek)))

(defun symseek--marker (hit buffer)
  "A marker at HIT in BUFFER, which has its text."
  (with-current-buffer buffer
    (save-excursion
      (save-restriction
        (widen)
        (let ((place (plist-get (plist-get hit :selectionRange) :start)))
          (goto-char (point-min))
          (forward-line (plist-get place :line))
          (forward-char (min (plist-get place :character) (- (line-end-position) (point))))
          (point-marker))))))

(defun symseek--call-with-preview (found read)
  "Call READ, a function for the minibuffer; preview the candidates of FOUND.
Consult finds the current candidate of each completion interface and shows
a place; its own reading would want to filter.  Files that are not visited
are opened for the preview alone, and windows are as before at the end."
  (let* ((open (consult--temporary-files))
         (preview (consult--jump-preview))
         (last nil)
         (follow
          (lambda ()
            (let* ((candidate (run-hook-with-args-until-success
                               'consult--completion-candidate-hook))
                   (hit (and candidate (gethash candidate found))))
              (unless (equal candidate last)
                (setq last candidate)
                (when-let ((window (minibuffer-selected-window)))
                  (with-selected-window window
                    (funcall preview 'preview
                             (when-let ((buffer (and hit (funcall open (plist-get hit :path)))))
                               (symseek--marker hit buffer))))))))))
    (unwind-protect
        (save-window-excursion
          (minibuffer-with-setup-hook
              ;; After the completion interface, which sets the candidate.
              (lambda () (add-hook 'post-command-hook follow 90 t))
            (unwind-protect (funcall read)
              (funcall preview 'preview nil)
              (funcall preview 'exit nil))))
      (funcall open))))

(defun symseek--read (connection initial)
  "Read a query with INITIAL input, asking CONNECTION; return the chosen hit."
  (let* ((found (make-hash-table :test #'equal))
         (table (symseek--table connection found))
         (read (lambda ()
                 (completing-read "Symseek: " table nil nil initial 'symseek-history)))
         (chosen (if (require 'consult nil t)
                     (symseek--call-with-preview found read)
                   (funcall read))))
    (or (gethash chosen found)
        ;; A query was entered instead of one of its answers: the first is meant.
        (gethash (car (all-completions chosen table)) found)
        (user-error "Symseek: nothing found for %s" chosen))))

(defun symseek--goto (hit)
  "Visit HIT."
  (let* ((buffer (find-file-noselect (plist-get hit :path)))
         (marker (symseek--marker hit buffer)))
    (xref-push-marker-stack)
    (pop-to-buffer-same-window buffer)
    (unless (<= (point-min) marker (point-max))
      (widen))
    (goto-char marker)))

;;;###autoload
(defun symseek-search (&optional query)
  "Search code by name, words or meaning, and go to the chosen result.
With a completion interface that follows your typing (Vertico, Icomplete,
Ivy) the list does as well; with Consult it is previewed.  From Lisp,
QUERY is what stands in the minibuffer at first."
  (interactive)
  (symseek--goto (symseek--read (symseek--ready) query)))

;;;###autoload
(defun symseek-search-list (query)
  "Search for QUERY once and show all results as xrefs, in the server's order.
Only neighbours of one file are grouped."
  (interactive (list (read-string "Symseek: " nil 'symseek-history)))
  (symseek--show query
                 (symseek--request (symseek--ready) :symseek/search
                                   (symseek--search-params query t))
                 (lambda (hit) (list (symseek--hit-xref hit)))))

;;;; Status and restart

(defun symseek--insert-status (report)
  "Insert REPORT, the server's answer to `symseek/status'."
  (insert (format "Symseek %s: %s, %s files, %s chunks\n"
                  (plist-get report :version) (plist-get report :state)
                  (plist-get report :files) (plist-get report :chunks)))
  (seq-doseq (problem (plist-get report :problems))
    (insert "  " problem "\n"))
  (seq-doseq (folder (plist-get report :folders))
    (insert (format "\n%s: %s" (abbreviate-file-name (plist-get folder :root)) (plist-get folder :state)))
    (when (equal (plist-get folder :state) "indexing")
      (insert (format ", %s of %s files" (plist-get folder :done) (plist-get folder :total))))
    (insert (format "\n  %s files, %s chunks\n  index: %s, %s bytes, %s\n  watching the disk: %s\n"
                    (plist-get folder :files) (plist-get folder :chunks)
                    (plist-get folder :store) (plist-get folder :bytes)
                    (or (plist-get folder :directory) "no directory")
                    (if (eq (plist-get folder :watching) t) "yes" "no")))
    (cl-loop for (language count) on (plist-get folder :languages) by #'cddr
             do (insert (format "  %s: %s\n" (substring (symbol-name language) 1) count)))
    (cl-loop for (reason skipped) on (plist-get folder :skipped) by #'cddr
             do (insert (format "  skipped, %s: %s (%s)\n" (substring (symbol-name reason) 1)
                                (plist-get skipped :count)
                                (string-join (plist-get skipped :paths) ", "))))
    (seq-doseq (problem (plist-get folder :problems))
      (insert "  " problem "\n"))))

;;;###autoload
(defun symseek-status ()
  "Show what is indexed, and what was skipped and why."
  (interactive)
  (let ((report (symseek--request (symseek--ready) :symseek/status nil)))
    (with-help-window "*symseek status*"
      (with-current-buffer standard-output
        (symseek--insert-status report)))))

;;;###autoload
(defun symseek-restart ()
  "Start the server of the current buffer's project again."
  (interactive)
  (let* ((root (symseek--buffer-folder))
         (running (gethash root symseek--connections)))
    (when running (symseek--stop running))
    (remhash root symseek--given-up)
    (remhash root symseek--deaths)
    (setq symseek--told nil)
    (symseek--connect root)))

;;;; lsp-mode

;;;###autoload
(defun symseek-lsp-register ()
  "Have lsp-mode run Symseek beside other servers, for its symbol pickers.
It answers questions of two words or more there, and leaves names to the
others."
  (require 'lsp-mode)
  (lsp-register-client
   (make-lsp-client :new-connection (lsp-stdio-connection #'symseek--command)
                    :activation-fn (lambda (&rest _) t)
                    :initialization-options
                    (lambda ()
                      (append symseek-settings '(:workspaceSymbol (:mode "nl"))))
                    :add-on? t
                    :priority -5
                    :server-id 'symseek)))

(provide 'symseek)
;;; symseek.el ends here
