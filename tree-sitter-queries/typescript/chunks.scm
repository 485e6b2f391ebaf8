; inherits: javascript
; TypeScript adds nothing to what JavaScript says about comments and decorators.
