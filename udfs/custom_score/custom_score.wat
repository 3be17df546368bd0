;; Multiplies a numeric field by a boost. Two exported functions share the work:
;;   filter (ctx i64) -> i32   1 when the product is at least min_score, else 0
;;   score  (ctx i64) -> f64   the product itself; 0 for a document without the field
;;
;; Parameters: score_field (string, default "base_score"), boost (f64, default 1), min_score (f64, default 0). They are read
;; for every row; a wrong type ends the query with an error. A document whose field is missing or no number is excluded,
;; whatever min_score is.
(module
  ;; status: 0 success, 1 not found, 2 wrong type, 3 buffer too small
  (import "env" "get_field_f64" (func $get_field_f64
    (param $ctx i64) (param $path i32) (param $len i32) (param $out i32) (result i32)))
  (import "env" "get_param_f64" (func $get_param_f64
    (param $name i32) (param $len i32) (param $out i32) (result i32)))
  (import "env" "get_param_string" (func $get_param_string
    (param $name i32) (param $len i32) (param $buf i32) (param $buf_len i32) (result i32)))

  ;; Memory:    0 the names below
  ;;          128 f64: a number from the host
  ;;          136 i32: the path buffer's capacity, then the path's length
  ;;         1024 the path buffer, 1024 bytes
  (memory (export "memory") 1)
  (data (i32.const 0) "base_score")   ;; 10 bytes
  (data (i32.const 16) "score_field") ;; 11
  (data (i32.const 32) "boost")       ;;  5
  (data (i32.const 48) "min_score")   ;;  9

  ;; A number parameter, or its default when it is not there.
  (func $number (param $name i32) (param $len i32) (param $default f64) (result f64)
    (local $status i32)
    (local.set $status (call $get_param_f64 (local.get $name) (local.get $len) (i32.const 128)))
    (if (i32.gt_u (local.get $status) (i32.const 1)) (then unreachable))
    (select (local.get $default) (f64.load (i32.const 128)) (local.get $status)))

  ;; Reads the document's field, leaving it at 128, and returns the status.
  (func $read_field (param $ctx i64) (result i32)
    (local $status i32) (local $path i32) (local $len i32)
    (i32.store (i32.const 136) (i32.const 1024))
    (local.set $status (call $get_param_string (i32.const 16) (i32.const 11) (i32.const 1024) (i32.const 136)))
    (if (i32.gt_u (local.get $status) (i32.const 1)) (then unreachable)) ;; no string, or longer than 1024 bytes
    (if (local.get $status)
      (then (local.set $path (i32.const 0)) (local.set $len (i32.const 10)))
      (else (local.set $path (i32.const 1024)) (local.set $len (i32.load (i32.const 136)))))
    (call $get_field_f64 (local.get $ctx) (local.get $path) (local.get $len) (i32.const 128)))

  (func (export "score") (param $ctx i64) (result f64)
    (if (call $read_field (local.get $ctx)) (then (return (f64.const 0))))
    (f64.mul
      (f64.load (i32.const 128))
      (call $number (i32.const 32) (i32.const 5) (f64.const 1))))

  (func (export "filter") (param $ctx i64) (result i32)
    (if (call $read_field (local.get $ctx)) (then (return (i32.const 0))))
    (f64.ge
      (f64.mul
        (f64.load (i32.const 128))
        (call $number (i32.const 32) (i32.const 5) (f64.const 1)))
      (call $number (i32.const 48) (i32.const 9) (f64.const 0)))))
