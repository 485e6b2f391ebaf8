;;; journey.el --- Sessions with symseek.el in the real Emacs  -*- lexical-binding: t; -*-

;;; Commentary:

;; Each test has a project and servers of its own.  Minibuffers are driven
;; by keyboard macros, which work in batch mode.

;;; Code:

(require 'ert)
(require 'eglot)
(require 'symseek)

(defvar lsp-session-file)
(defvar lsp-auto-guess-root)
(defvar lsp-enabled-clients)
(defvar symseek-test-count 0)
(defvar symseek-test-folder nil)

(defconst symseek-test-retry
  "\"\"\"Keep trying.\"\"\"
import time


def backoff_delay(attempt, base=0.5, limit=30.0):
    \"\"\"Seconds to wait before the next attempt: doubles each time, up to a limit.\"\"\"
    return min(limit, base * 2 ** attempt)


def call_with_retry(action, attempts=5):
    \"\"\"Call an action again when the connection drops, waiting longer after each failure.\"\"\"
    for attempt in range(attempts):
        try:
            return action()
        except ConnectionError:
            time.sleep(backoff_delay(attempt))
    raise ConnectionError(\"gave up\")
")

(defconst symseek-test-cart
  "\"\"\"The shopping cart.\"\"\"
from retry import call_with_retry


class Cart:
    \"\"\"What a customer is about to buy.\"\"\"

    def total(self, prices):
        \"\"\"Sum of prices times counts, in cents.\"\"\"
        return sum(prices[article] * count for article, count in self.lines)


def checkout(cart, gateway):
    \"\"\"Charge the customer's card through the payment gateway.\"\"\"
    return (\"ä😀\", call_with_retry(lambda: gateway.charge(cart.total(gateway.prices))))[1]
")

(defun symseek-test-write (path text)
  "Write TEXT to PATH below the test's folder and return the full path."
  (let ((full (expand-file-name path symseek-test-folder)))
    (make-directory (file-name-directory full) t)
    (let ((coding-system-for-write 'utf-8-unix))
      (write-region text nil full nil 'silent))
    full))

(defmacro symseek-test-session (&rest body)
  "Run BODY in a fresh project, with `cart' and `retry' bound to its files."
  (declare (indent 0) (debug t))
  `(let* ((symseek-test-folder
           (expand-file-name (format "project%d" (cl-incf symseek-test-count))
                             (getenv "SYMSEEK_TEST_WORK")))
          (cart (symseek-test-write "shop/cart.py" symseek-test-cart))
          (retry (symseek-test-write "shop/retry.py" symseek-test-retry))
          (symseek-program (getenv "SYMSEEK_TEST_BINARY"))
          (symseek-restart-delays '(0.1 0.2))
          (warnings '()))
     (ignore retry)
     (call-process "git" nil nil nil "init" "-q" (expand-file-name "shop" symseek-test-folder))
     (cl-letf (((symbol-function 'display-warning)
                (lambda (_type message &rest _) (push message warnings))))
       (unwind-protect
           (progn (global-symseek-mode 1)
                  ,@body)
         (global-symseek-mode -1)
         (when (fboundp 'eglot-shutdown-all)
           (ignore-errors (eglot-shutdown-all)))
         (maphash (lambda (_ connection) (symseek--stop connection))
                  (copy-hash-table symseek--connections))
         (dolist (table (list symseek--connections symseek--deaths symseek--given-up))
           (clrhash table))
         (setq symseek--told nil)
         (dolist (buffer (buffer-list))
           (when (buffer-file-name buffer)
             (with-current-buffer buffer
               (set-buffer-modified-p nil)
               (kill-buffer))))))))

(defun symseek-test-eventually (what check)
  "Wait until CHECK gives non-nil and return that; WHAT names it in the error."
  (let ((deadline (+ (float-time) 20)) got)
    (while (not (setq got (funcall check)))
      (when (> (float-time) deadline)
        (error "Never happened: %s" what))
      (accept-process-output nil 0.05))
    got))

(defun symseek-test-indexed ()
  "Wait until everything is indexed."
  (symseek-test-eventually
   "the index is ready"
   (lambda ()
     (let ((report (symseek--request (symseek--connection) :symseek/status nil)))
       ;; Before a folder is opened there is nothing that is not ready.
       (seq-find (lambda (folder) (and (equal (plist-get folder :state) "ready")
                                       (> (plist-get folder :chunks) 0)))
                 (plist-get report :folders))))))

(defun symseek-test-xrefs (command &rest arguments)
  "Call COMMAND with ARGUMENTS and return its xrefs as \"file:line:column summary\"."
  (let* (shown
         (xref-show-xrefs-function (lambda (fetcher _) (setq shown (funcall fetcher)))))
    (apply command arguments)
    (mapcar (lambda (xref)
              (let ((location (xref-item-location xref)))
                (format "%s:%d:%d %s"
                        (file-name-nondirectory (xref-location-group location))
                        (xref-location-line location)
                        (xref-file-location-column location)
                        (substring-no-properties (xref-item-summary xref)))))
            shown)))

(defun symseek-test-raw (query)
  "The server's own answer to QUERY: paths and lines in its order."
  (mapcar (lambda (hit)
            (cons (plist-get hit :path)
                  (1+ (plist-get (plist-get (plist-get hit :selectionRange) :start) :line))))
          (plist-get (symseek--request (symseek--connection) :symseek/search
                                       (symseek--search-params query))
                     :hits)))

(defun symseek-test-type-gift-wrap ()
  "Type a function at the end of the buffer, some of it in several steps."
  (goto-char (point-max))
  (insert "\n\ndef gift(parcel, ribbon):\n    \"\"\"Decorate a present with paper and a bow.\"\"\"\n")
  (insert "    return parcel.cover(ribbon)\n")
  (search-backward "gift")
  (delete-region (point) (+ 4 (point)))
  (insert "ä😀gift_wrap")
  (delete-region (- (point) 11) (- (point) 9))
  (undo-boundary))

(ert-deftest symseek-test-beside-eglot ()
  "Eglot keeps its one server, and ours answers all the same."
  (symseek-test-session
    (let ((eglot-server-programs
           `((python-mode . (,(getenv "SYMSEEK_TEST_PYRIGHT") "--stdio")))))
      (with-current-buffer (find-file-noselect cart)
        (eglot '(python-mode) (project-current) 'eglot-lsp-server
               (list (getenv "SYMSEEK_TEST_PYRIGHT") "--stdio") "python")
        (symseek-test-eventually "eglot manages the buffer" #'eglot-managed-p)
        (should symseek-mode)
        (symseek-test-indexed)
        (symseek-test-type-gift-wrap)
        (should (string-match-p "gift_wrap"
                                (car (symseek-test-xrefs #'symseek-search-list "decorate a present with a bow"))))
        ;; The neighbour goes on: it sees the text, too, and was asked nothing of ours.
        (should (eglot-managed-p))
        (eglot--signal-textDocument/didChange)
        (let ((symbols (jsonrpc-request (eglot-current-server) :textDocument/documentSymbol
                                        (list :textDocument (eglot--TextDocumentIdentifier)))))
          (should (seq-find (lambda (symbol) (equal (plist-get symbol :name) "gift_wrap")) symbols)))
        (with-current-buffer (jsonrpc-events-buffer (eglot-current-server))
          (should-not (save-excursion (goto-char (point-min)) (search-forward "symseek/" nil t))))))))

(ert-deftest symseek-test-order ()
  "Completion and lists keep the server's order and leave nothing out."
  (symseek-test-session
    (with-current-buffer (find-file-noselect cart)
      (symseek-test-indexed)
      (let* ((query "wait longer when the network fails")
             (raw (symseek-test-raw query))
             (found (make-hash-table :test #'equal))
             (table (symseek--table (symseek--connection) found))
             (metadata (completion-metadata query table nil))
             (all (completion-all-completions query table nil (length query) metadata))
             (sort (completion-metadata-get metadata 'display-sort-function)))
        (setcdr (last all) nil)
        (should (> (length raw) 3))
        (should (equal raw (mapcar (lambda (candidate)
                                     (let ((hit (gethash candidate found)))
                                       (cons (plist-get hit :path)
                                             (1+ (plist-get (plist-get (plist-get hit :selectionRange) :start) :line)))))
                                   (funcall sort all))))
        (should (equal (mapcar (lambda (place)
                                 (format "%s:%d" (file-name-nondirectory (car place)) (cdr place)))
                               raw)
                       (mapcar (lambda (xref) (and (string-match "\\`[^:]*:[0-9]*" xref) (match-string 0 xref)))
                               (symseek-test-xrefs #'symseek-search-list query))))))))

(ert-deftest symseek-test-second-opinion ()
  "A list that is asked once has the order of a model, completion the first one."
  (symseek-test-session
    (let* ((tiny (getenv "SYMSEEK_TEST_MODEL"))
           (model (expand-file-name "model" symseek-test-folder))
           (corpus (expand-file-name "corpus" symseek-test-folder))
           (symseek-settings `(:embedding (:onnx (:path ,model) :runtime "builtin" :budget 30000)))
           (query "make a secret unreadable before storing it"))
      (copy-directory (expand-file-name "tokens" tiny) model nil nil t)
      (copy-file (expand-file-name "tokenizer.json" tiny) (file-name-as-directory model))
      (copy-directory (getenv "SYMSEEK_TEST_CORPUS") corpus nil nil t)
      (call-process "git" nil nil nil "init" "-q" corpus)
      (with-current-buffer (find-file-noselect (expand-file-name "auth/passwords.py" corpus))
        (symseek-test-indexed)
        (let* ((places (lambda (refine)
                         (mapcar (lambda (hit)
                                   (format "%s:%d" (file-name-nondirectory (plist-get hit :path))
                                           (1+ (plist-get (plist-get (plist-get hit :selectionRange) :start) :line))))
                                 (plist-get (symseek--request (symseek--connection) :symseek/search
                                                              (list :query query :limit symseek-limit :lenient t :refine refine))
                                            :hits))))
               (first (funcall places "never"))
               (second (symseek-test-eventually
                        "another opinion"
                        (lambda () (let ((order (funcall places "now")))
                                     (and (not (equal order first)) order)))))
               (shown (mapcar (lambda (xref) (and (string-match "\\`[^:]*:[0-9]*" xref) (match-string 0 xref)))
                              (symseek-test-xrefs #'symseek-search-list query)))
               (found (make-hash-table :test #'equal))
               (typed (all-completions query (symseek--table (symseek--connection) found))))
          (should (equal shown second))
          (should (equal (mapcar (lambda (candidate)
                                   (let ((hit (gethash candidate found)))
                                     (format "%s:%d" (file-name-nondirectory (plist-get hit :path))
                                             (1+ (plist-get (plist-get (plist-get hit :selectionRange) :start) :line)))))
                                 typed)
                         first)))))))

(defun symseek-test-search-by-keys (keys)
  "Run `symseek-search', type KEYS, and return where that went."
  (global-set-key (kbd "<f5>") #'symseek-search)
  (execute-kbd-macro (vconcat (kbd "<f5>") keys))
  (format "%s:%d:%d" (file-name-nondirectory buffer-file-name)
          (line-number-at-pos) (current-column)))

(ert-deftest symseek-test-search-plain ()
  "A query that is entered goes to its first result."
  (symseek-test-session
    (find-file cart)
    (symseek-test-indexed)
    (cl-letf (((symbol-function 'require)
               (let ((original (symbol-function 'require)))
                 (lambda (feature &rest rest)
                   (unless (eq feature 'consult) (apply original feature rest))))))
      (should (equal (symseek-test-search-by-keys (vconcat "payment gateway charge" (kbd "RET"))) "cart.py:13:4"))
      (goto-char (point-min))
      (should (equal (symseek-test-search-by-keys (vconcat "payment gateway charge" (kbd "TAB RET"))) "cart.py:13:4"))
      (with-current-buffer "*Completions*"
        (should (string-match-p "function checkout" (buffer-string)))))
    (xref-pop-marker-stack)
    (should (= (point) (point-min)))))

(ert-deftest symseek-test-search-consult ()
  "With Consult and Vertico: the list follows the typing, the second is chosen, and was previewed."
  (symseek-test-session
    (find-file cart)
    (symseek-test-indexed)
    (require 'vertico)
    (require 'consult)
    (let* ((second (nth 1 (symseek-test-raw "wait longer when the network fails")))
           (previewed '())
           (jump-preview (symbol-function 'consult--jump-preview)))
      (cl-letf (((symbol-function 'consult--jump-preview)
                 (lambda ()
                   (let ((original (funcall jump-preview)))
                     (lambda (action marker)
                       (when (and marker (eq action 'preview))
                         (push (with-current-buffer (marker-buffer marker)
                                 (line-number-at-pos marker))
                               previewed))
                       (funcall original action marker))))))
        (unwind-protect
            (progn
              (vertico-mode 1)
              (should (equal (symseek-test-search-by-keys
                              (vconcat "wait longer when the network fails" (kbd "<down> RET")))
                             (format "%s:%d:4" (file-name-nondirectory (car second)) (cdr second))))
              (should (memq (cdr second) previewed))
              ;; Quitting leaves no trace of what was previewed.
              (find-file cart)
              (goto-char 20)
              (setq previewed '())
              (condition-case nil
                  (symseek-test-search-by-keys
                   (vconcat "wait longer when the network fails" (kbd "<down> C-g")))
                (quit nil))
              (should (memq (cdr second) previewed))
              (should (equal (list (buffer-file-name (window-buffer)) (window-point)) (list cart 20)))
              (should-not (seq-find (lambda (buffer) (string-prefix-p " Preview:" (buffer-name buffer)))
                                    (buffer-list))))
          (vertico-mode -1))))))

(ert-deftest symseek-test-relations ()
  "Callers with every call site and columns in characters; callees; similar code."
  (symseek-test-session
    (with-current-buffer (find-file-noselect retry)
      (symseek-test-indexed)
      (search-forward "def call_with")
      (let ((callers (symseek-test-xrefs #'symseek-callers)))
        ;; Two characters before the call are wider than one byte, one of them wider than one UTF-16 unit.
        (should (string-prefix-p "cart.py:15:18 checkout — return" (car callers)))
        (should (equal callers (symseek-test-xrefs #'symseek-callers "call_with_retry"))))
      ;; At its definition, with the line that calls it.
      (should (seq-find (lambda (xref) (string-match-p "function backoff_delay.* ← line [0-9]+: time.sleep(backoff_delay(attempt))" xref))
                        (symseek-test-xrefs #'symseek-callees)))
      (let ((at-point (symseek-test-xrefs #'symseek-similar))
            (transient-mark-mode t))
        (goto-char (point-min))
        (search-forward "def backoff")
        (set-mark (line-beginning-position))
        (goto-char (line-end-position))
        (should at-point)
        (should-not (equal at-point (symseek-test-xrefs #'symseek-similar))))
      (should-error (symseek-callers "no_such_symbol_anywhere") :type 'user-error))
    (with-temp-buffer
      (setq default-directory (file-name-directory retry))
      (insert "return min(limit, base * 2 ** attempt)")
      (should (string-match-p "\\`retry.py" (car (symseek-test-xrefs #'symseek-similar)))))))

(ert-deftest symseek-test-sync ()
  "What the server has is what the buffer has, after any kind of edit."
  (symseek-test-session
    (with-current-buffer (find-file-noselect cart)
      (symseek-test-indexed)
      (let ((sends '()) (original (symbol-function 'jsonrpc-notify)))
        (cl-letf (((symbol-function 'jsonrpc-notify)
                   (lambda (connection method params)
                     (push (cons method params) sends)
                     (funcall original connection method params))))
          ;; Played back over the old text, the changes give the new one.
          (let ((mirror (symseek--text)))
            (dolist (edit (list #'symseek-test-type-gift-wrap
                                (lambda () (upcase-region 5 60))
                                (lambda () (goto-char (point-min)) (kill-line 2))
                                (lambda () (goto-char (point-max)) (yank))
                                (lambda () (transpose-regions 1 10 30 50))
                                (lambda () (goto-char (point-min))
                                  (while (re-search-forward "cart" nil t) (replace-match "basket😀")))
                                (lambda () (insert (string #x3fff80) "x"))
                                ;; Behind the back of the hooks.
                                (lambda () (let ((inhibit-modification-hooks t)) (insert "hidden")))
                                (lambda () (narrow-to-region 10 40) (insert "narrow"))
                                (lambda () (primitive-undo 2 buffer-undo-list))))
              (setq sends '())
              (funcall edit)
              (symseek--flush)
              (dolist (send (reverse sends))
                (seq-doseq (change (plist-get (cdr send) :contentChanges))
                  (setq mirror (symseek-test-apply mirror change))))
              (should (equal mirror (symseek--text)))
              (widen)
              (should (= 0 (length (plist-get (symseek--request (symseek--connection) :symseek/status nil)
                                              :problems)))))))))))

(defun symseek-test-apply (text change)
  "TEXT after CHANGE, as a server counts."
  (let ((range (plist-get change :range)))
    (if (not range)
        (plist-get change :text)
      (with-temp-buffer
        (insert text)
        (cl-flet ((place (position)
                    (goto-char (point-min))
                    (forward-line (plist-get position :line))
                    (+ (point) (plist-get position :character))))
          (let ((start (place (plist-get range :start)))
                (end (place (plist-get range :end))))
            (delete-region start end)
            (goto-char start)
            (insert (plist-get change :text))))
        (buffer-string)))))

(ert-deftest symseek-test-saving-and-renaming ()
  "Saved, reverted and renamed text is found where it is, and only there."
  (symseek-test-session
    (with-current-buffer (find-file-noselect cart)
      (symseek-test-indexed)
      (symseek-test-type-gift-wrap)
      (let ((query "decorate a present with a bow"))
        (should (string-match-p "\\`cart.py:.*gift_wrap" (car (symseek-test-xrefs #'symseek-search-list query))))
        (revert-buffer t t t)
        (should-not (seq-find (lambda (xref) (string-match-p "gift_wrap" xref))
                              (symseek-test-xrefs #'symseek-search-list query)))
        (symseek-test-type-gift-wrap)
        (let ((save-silently t))
          (write-file (expand-file-name "basket.py" (file-name-directory cart)))
          (should (string-match-p "\\`basket.py:.*gift_wrap"
                                  (car (symseek-test-xrefs #'symseek-search-list query)))))
        ;; A buffer that is no file any more is let go.
        (set-visited-file-name nil)
        (should-not symseek-mode)
        (should-not warnings)
        (insert "more")))))

(ert-deftest symseek-test-two-projects ()
  "Each project has a server of its own, which answers for it alone."
  (symseek-test-session
    (let ((beds (symseek-test-write
                 "garden/beds.py"
                 "def water_plants(beds):\n    \"\"\"Give every bed water when the soil is dry.\"\"\"\n")))
      (call-process "git" nil nil nil "init" "-q" (expand-file-name "garden" symseek-test-folder))
      (with-current-buffer (find-file-noselect beds)
        (symseek-test-indexed)
        (should (string-match-p "\\`beds.py:1"
                                (car (symseek-test-xrefs #'symseek-search-list "give water to plants")))))
      (with-current-buffer (find-file-noselect cart)
        (symseek-test-indexed)
        (should-not (seq-find (lambda (xref) (string-match-p "beds.py" xref))
                              (symseek-test-xrefs #'symseek-search-list "give water to plants"))))
      (should (= 2 (hash-table-count symseek--connections))))))

(defun symseek-test-kill ()
  "Kill the server of the current buffer as the system would."
  (signal-process (jsonrpc--process (gethash (symseek--buffer-folder) symseek--connections)) 'SIGKILL))

(defun symseek-test-stopped (id)
  "Whether all threads of the process ID are stopped."
  (seq-every-p (lambda (stat)
                 (with-temp-buffer
                   ;; A thread that is gone has no file any more.
                   (or (not (ignore-errors (insert-file-contents stat)))
                       (looking-at-p "[0-9]+ (.*) [TZX]"))))
               (file-expand-wildcards (format "/proc/%d/task/*/stat" id))))

(ert-deftest symseek-test-death ()
  "A server that dies is started again with the unsaved text, said once, then given up."
  (symseek-test-session
    (with-current-buffer (find-file-noselect cart)
      (symseek-test-indexed)
      (symseek-test-type-gift-wrap)
      (dotimes (_ 2)
        (let ((before (gethash (symseek--buffer-folder) symseek--connections)))
          (symseek-test-kill)
          (symseek-test-eventually
           "another server"
           (lambda ()
             (let ((now (gethash (symseek--buffer-folder) symseek--connections)))
               (and now (not (eq now before)) (eq symseek--opened now)))))))
      (should (string-match-p "gift_wrap"
                              (car (symseek-test-xrefs #'symseek-search-list "decorate a present with a bow"))))
      (should (= 1 (length warnings)))
      (should (string-match-p "died and is started again" (car warnings)))
      (symseek-test-kill)
      (symseek-test-eventually "we gave up" (lambda () (gethash (symseek--buffer-folder) symseek--given-up)))
      (should (= 2 (length warnings)))
      (should (string-match-p "died 3 times" (car warnings)))
      (should-error (symseek-callers "checkout") :type 'user-error)
      (symseek-restart)
      (should (string-match-p "gift_wrap"
                              (car (symseek-test-xrefs #'symseek-search-list "decorate a present with a bow")))))))

(ert-deftest symseek-test-death-while-asked ()
  "A question to a server that dies is answered with an error."
  (symseek-test-session
    (with-current-buffer (find-file-noselect cart)
      (symseek-test-indexed)
      (let ((process (jsonrpc--process (symseek--connection))))
        (signal-process process 'SIGSTOP)
        ;; Each thread stops by itself, a moment later.
        (symseek-test-eventually "all threads are stopped" (lambda () (symseek-test-stopped (process-id process))))
        (run-with-timer 0.2 nil (lambda () (signal-process process 'SIGKILL)))
        (let ((since (float-time)))
          (should-error (symseek-callers "checkout") :type 'user-error)
          (should (< (- (float-time) since) 5)))))))

(ert-deftest symseek-test-quit ()
  "Quitting calls a question off, at the server as well."
  (symseek-test-session
    (with-current-buffer (find-file-noselect cart)
      (symseek-test-indexed)
      (let* ((connection (symseek--connection)) (sends '())
             (original (symbol-function 'jsonrpc-notify)))
        (cl-letf (((symbol-function 'jsonrpc-notify)
                   (lambda (connection method params)
                     (push (list method params) sends)
                     (funcall original connection method params)))
                  ((symbol-function 'jsonrpc-request)
                   (lambda (connection method params &rest _)
                     (jsonrpc-connection-send connection :id 4711 :method method :params params)
                     (signal 'quit nil))))
          (should (eq 'quit (condition-case nil
                                (symseek--request connection :symseek/search '(:query "x"))
                              (quit 'quit)))))
        (should (equal (car sends) '(:$/cancelRequest (:id 4711))))))))

(ert-deftest symseek-test-no-program ()
  "Without the program: said once, and visiting files goes on."
  (symseek-test-session
    (let ((symseek-program "/nowhere/symseek"))
      (find-file cart)
      (find-file retry)
      (should (= 1 (length warnings)))
      (should (string-match-p "/nowhere/symseek" (car warnings)))
      (should-error (symseek-callers "checkout") :type 'user-error))))

(ert-deftest symseek-test-other-version ()
  "A server of another version is not used."
  (symseek-test-session
    (let* ((fake (symseek-test-write
                  "fake.py"
                  "import json, sys
while True:
    length = 0
    while (line := sys.stdin.buffer.readline().strip()):
        if line.lower().startswith(b'content-length:'):
            length = int(line.split(b':')[1])
    if not length:
        break
    message = json.loads(sys.stdin.buffer.read(length))
    if 'id' in message:
        result = {'capabilities': {'experimental': {'symseek': {'version': 99}}}}
        body = json.dumps({'jsonrpc': '2.0', 'id': message['id'], 'result': result}).encode()
        sys.stdout.buffer.write(b'Content-Length: %d\\r\\n\\r\\n%s' % (len(body), body))
        sys.stdout.buffer.flush()
"))
           (symseek-program (list "python3" fake)))
      (find-file cart)
      (should (= 1 (length warnings)))
      (should (string-match-p "version 99" (car warnings)))
      (should-error (symseek-callers "checkout") :type 'user-error)
      (should (= 0 (hash-table-count symseek--connections))))))

(ert-deftest symseek-test-status ()
  "The status names what is indexed."
  (symseek-test-session
    (find-file cart)
    (symseek-test-indexed)
    (symseek-status)
    (with-current-buffer "*symseek status*"
      (should (string-match-p "ready, 2 files, [0-9]+ chunks" (buffer-string)))
      (should (string-match-p "python: 2" (buffer-string))))))

(ert-deftest symseek-test-incomplete ()
  "Answers of an unfinished index are marked."
  (should (equal "" (symseek--remarks '(:complete t))))
  (should (equal "still indexing, more may be found later; a note"
                 (symseek--remarks '(:complete :json-false :notes ["a note"])))))

(ert-deftest symseek-test-lsp-mode ()
  "Lsp-mode runs us beside other servers and gets words, not names."
  (symseek-test-session
    (global-symseek-mode -1)
    (let ((exec-path (cons (file-name-directory (getenv "SYMSEEK_TEST_BINARY")) exec-path)))
      (require 'lsp-mode)
      (symseek-lsp-register)
      (dolist (extra '(lsp-modeline-workspace-status-enable lsp-modeline-diagnostics-enable
                       lsp-modeline-code-actions-enable lsp-headerline-breadcrumb-enable
                       lsp-enable-snippet lsp-enable-file-watchers))
        (set extra nil))
      (setq lsp-session-file (expand-file-name "lsp-session" symseek-test-folder)
            lsp-auto-guess-root t
            lsp-enabled-clients '(symseek))
      (find-file cart)
      (lsp)
      (symseek-test-eventually "lsp-mode has a workspace" #'lsp-workspaces)
      (symseek-test-eventually
       "an answer"
       (lambda () (ignore-errors
                    (seq-find (lambda (symbol) (equal (lsp-get symbol :name) "Cart"))
                              (lsp-request "workspace/symbol" '(:query "what a customer is about to buy"))))))
      (should (= 0 (length (lsp-request "workspace/symbol" '(:query "Cart")))))
      (dolist (workspace (lsp-workspaces))
        (ignore-errors (lsp-workspace-shutdown workspace))))))

(defun symseek-test-run ()
  "Run all tests and print how many went well."
  (let ((stats (ert-run-tests-batch (or (getenv "SYMSEEK_TEST_SELECT") t))))
    (princ (format "\n%d of %d journeys\n"
                   (ert-stats-completed-expected stats) (ert-stats-total stats)))
    (kill-emacs (if (zerop (ert-stats-completed-unexpected stats)) 0 1))))

(provide 'journey)
;;; journey.el ends here
