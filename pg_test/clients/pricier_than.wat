;; Documents whose price, if they have one, is above the parameter.
(module
  (import "env" "get_field_f64" (func $get_field_f64 (param i64 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "price")
  (func (export "filter") (param $ctx i64) (param $price f64) (result i32)
    (if (call $get_field_f64 (local.get $ctx) (i32.const 0) (i32.const 5) (i32.const 8))
      (then (return (i32.const 0))))
    (f64.gt (f64.load (i32.const 8)) (local.get $price))))
