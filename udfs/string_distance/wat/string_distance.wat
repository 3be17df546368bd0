;; Keeps the documents whose string field is at most max_distance edits (Levenshtein: insert, delete or replace one code
;; point) away from target.
;;
;; Parameters: field (string), target (string), max_distance (i64, default 2). They are read for an instance's first row.
;;
;; One row of the distance matrix is computed after the other, in place, and of each row only the cells within the limit
;; of the main diagonal: the others are more than the limit. A row without a cell within the limit ends it.
;;
;; A code point stands for its UTF-8 bytes, packed into an i32: it is compared for equality only.
(module
  ;; status: 0 success, 1 not found, 2 wrong type, 3 buffer too small
  (import "env" "get_field_string" (func $get_field_string
    (param $ctx i64) (param $path i32) (param $len i32) (param $buf i32) (param $buf_len i32) (result i32)))
  (import "env" "get_param_string" (func $get_param_string
    (param $name i32) (param $len i32) (param $buf i32) (param $buf_len i32) (result i32)))
  (import "env" "get_param_i64" (func $get_param_i64
    (param $name i32) (param $len i32) (param $out i32) (result i32)))
  (import "env" "log" (func $log (param $level i32) (param $text i32) (param $len i32)))

  ;; Memory:    0 the texts below
  ;;          256 i64: a number from the host
  ;;          264 i32: a buffer's capacity, then its text's length
  ;;          272 what grows, in this order: the path, the target's bytes, its code points, the cells, the row's text
  (memory (export "memory") 1)
  (data (i32.const 0) "field")         ;;  5 bytes
  (data (i32.const 8) "target")        ;;  6
  (data (i32.const 16) "max_distance") ;; 12
  (data (i32.const 32) "parameter field must be a string")           ;; 32
  (data (i32.const 64) "parameter target must be a string")          ;; 33
  (data (i32.const 98) "parameter max_distance must be an integer")  ;; 41
  (data (i32.const 139) "out of memory")                             ;; 13
  (global $scratch i32 (i32.const 256))
  (global $length i32 (i32.const 264))

  (global $path (mut i32) (i32.const 272))
  (global $path_len (mut i32) (i32.const 0))
  (global $target (mut i32) (i32.const 0))  ;; its code points
  (global $chars (mut i32) (i32.const 0))   ;; and how many there are
  (global $cells (mut i32) (i32.const 0))   ;; one more than those
  (global $row (mut i32) (i32.const 0))     ;; 0 as long as the parameters haven't been read
  (global $limit (mut i32) (i32.const 0))
  (global $longest (mut i32) (i32.const 0)) ;; a text of more bytes is too long to be near enough

  ;; Where a text is being read, and where it ends.
  (global $at (mut i32) (i32.const 0))
  (global $end (mut i32) (i32.const 0))

  ;; More than every distance, also after some additions.
  (global $far i32 (i32.const 0x40000000))

  ;; Ends the query with an error, after logging why.
  (func $fail (param $text i32) (param $len i32)
    (call $log (i32.const 3) (local.get $text) (local.get $len))
    unreachable)

  (func $min (param $a i32) (param $b i32) (result i32)
    (select (local.get $a) (local.get $b) (i32.lt_u (local.get $a) (local.get $b))))
  (func $max (param $a i32) (param $b i32) (result i32)
    (select (local.get $a) (local.get $b) (i32.gt_u (local.get $a) (local.get $b))))

  ;; How many bytes of memory there are behind an address.
  (func $room (param $from i32) (result i32)
    (i32.sub (i32.shl (memory.size) (i32.const 16)) (local.get $from)))

  ;; Makes memory for $bytes behind an address.
  (func $reserve (param $from i32) (param $bytes i32)
    (local $room i32)
    (local.set $room (call $room (local.get $from)))
    (if (i32.gt_u (local.get $bytes) (local.get $room))
      (then
        (if (i32.eq (i32.const -1)
              (memory.grow (i32.add (i32.const 1)
                (i32.shr_u (i32.sub (local.get $bytes) (local.get $room)) (i32.const 16)))))
          (then (call $fail (i32.const 139) (i32.const 13)))))))

  ;; Copies a string parameter to an address, however long it is, and leaves its length in $length. Status 0, or 1 and 2.
  (func $string_parameter (param $name i32) (param $len i32) (param $to i32) (result i32)
    (local $status i32)
    (loop $again
      (i32.store (global.get $length) (call $room (local.get $to)))
      (local.set $status (call $get_param_string
        (local.get $name) (local.get $len) (local.get $to) (global.get $length)))
      (if (i32.eq (local.get $status) (i32.const 3))
        (then
          (call $reserve (local.get $to) (i32.load (global.get $length)))
          (br $again))))
    (local.get $status))

  ;; Is the byte at an address one of a code point that began before it?
  (func $continues (param $at i32) (result i32)
    (i32.eq (i32.and (i32.load8_u (local.get $at)) (i32.const 0xC0)) (i32.const 0x80)))

  ;; The code point at $at, which is left behind it.
  (func $point (result i32)
    (local $point i32)
    (loop $byte
      (local.set $point (i32.or (i32.shl (local.get $point) (i32.const 8)) (i32.load8_u (global.get $at))))
      (global.set $at (i32.add (global.get $at) (i32.const 1)))
      (if (i32.lt_u (global.get $at) (global.get $end))
        (then (br_if $byte (call $continues (global.get $at))))))
    (local.get $point))

  ;; How many code points there are from $at to $end.
  (func $count (result i32)
    (local $at i32) (local $count i32)
    (local.set $at (global.get $at))
    (block $done
      (loop $byte
        (br_if $done (i32.eq (local.get $at) (global.get $end)))
        (local.set $count (i32.add (local.get $count) (i32.eqz (call $continues (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $byte)))
    (local.get $count))

  (func $read_limit
    (local $status i32) (local $limit i64)
    (local.set $status (call $get_param_i64 (i32.const 16) (i32.const 12) (global.get $scratch)))
    (if (i32.gt_u (local.get $status) (i32.const 1)) (then (call $fail (i32.const 98) (i32.const 41))))
    (local.set $limit (select (i64.const 2) (i64.load (global.get $scratch)) (local.get $status)))
    ;; Negative is -1, and no string of a jsonb has 2^28 bytes.
    (if (i64.lt_s (local.get $limit) (i64.const 0)) (then (local.set $limit (i64.const -1))))
    (if (i64.gt_s (local.get $limit) (i64.const 0x10000000)) (then (local.set $limit (i64.const 0x10000000))))
    (global.set $limit (i32.wrap_i64 (local.get $limit))))

  (func $read_parameters
    (local $to i32)
    (call $read_limit)

    (if (call $string_parameter (i32.const 0) (i32.const 5) (global.get $path))
      (then (call $fail (i32.const 32) (i32.const 32))))
    (global.set $path_len (i32.load (global.get $length)))

    (global.set $at (i32.add (global.get $path) (global.get $path_len)))
    (if (call $string_parameter (i32.const 8) (i32.const 6) (global.get $at))
      (then (call $fail (i32.const 64) (i32.const 33))))
    (global.set $end (i32.add (global.get $at) (i32.load (global.get $length))))
    (global.set $chars (call $count))

    ;; The code points begin at a multiple of 4; then as many cells and one more.
    (global.set $target (i32.and (i32.add (global.get $end) (i32.const 3)) (i32.const -4)))
    (global.set $cells (i32.add (global.get $target) (i32.shl (global.get $chars) (i32.const 2))))
    (global.set $row
      (i32.add (i32.add (global.get $cells) (i32.shl (global.get $chars) (i32.const 2))) (i32.const 4)))
    (call $reserve (global.get $target) (i32.sub (global.get $row) (global.get $target)))
    (local.set $to (global.get $target))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $to) (global.get $cells)))
        (i32.store (local.get $to) (call $point))
        (local.set $to (i32.add (local.get $to) (i32.const 4)))
        (br $next)))

    ;; A code point takes at most four bytes.
    (global.set $longest (i32.shl (i32.add (global.get $chars) (global.get $limit)) (i32.const 2))))

  ;; Copies the document's text behind the cells, from $at to $end; 0 when it has none that could be near enough.
  (func $read_row (param $ctx i64) (result i32)
    (local $status i32) (local $len i32)
    (loop $again
      ;; The host need not even copy what is too long.
      (i32.store (global.get $length) (call $min (call $room (global.get $row)) (global.get $longest)))
      (local.set $status (call $get_field_string
        (local.get $ctx) (global.get $path) (global.get $path_len) (global.get $row) (global.get $length)))
      (local.set $len (i32.load (global.get $length)))
      (if (i32.eq (local.get $status) (i32.const 3))
        (then
          (if (i32.gt_u (local.get $len) (global.get $longest)) (then (return (i32.const 0))))
          (call $reserve (global.get $row) (local.get $len))
          (br $again))))
    (global.set $at (global.get $row))
    (global.set $end (i32.add (global.get $row) (local.get $len)))
    (i32.eqz (local.get $status)))

  ;; The cells above the first row: the distances of the target's beginnings from the empty text.
  (func $first_row (param $limit i32)
    (local $column i32)
    (loop $next
      (i32.store
        (i32.add (global.get $cells) (i32.shl (local.get $column) (i32.const 2)))
        (select (local.get $column) (global.get $far) (i32.le_u (local.get $column) (local.get $limit))))
      (local.set $column (i32.add (local.get $column) (i32.const 1)))
      (br_if $next (i32.le_u (local.get $column) (global.get $chars)))))

  ;; One row, for a code point of the document: the cells from $first to $last. The least of them.
  (func $next_row (param $point i32) (param $row i32) (param $first i32) (param $last i32) (result i32)
    (local $cell i32) (local $end i32) (local $letter i32)
    (local $diagonal i32) (local $left i32) (local $value i32) (local $least i32)
    ;; $cell is the address of the cell left of $first, $letter that of the target's code point for $first.
    (local.set $cell (i32.add (global.get $cells) (i32.shl (i32.sub (local.get $first) (i32.const 1)) (i32.const 2))))
    (local.set $end (i32.add (global.get $cells) (i32.shl (local.get $last) (i32.const 2))))
    (local.set $letter (i32.add (global.get $target) (i32.shl (i32.sub (local.get $first) (i32.const 1)) (i32.const 2))))
    (local.set $diagonal (i32.load (local.get $cell)))
    (local.set $left (select (local.get $row) (global.get $far) (i32.eq (local.get $first) (i32.const 1))))
    (i32.store (local.get $cell) (local.get $left))
    (local.set $least (global.get $far))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $cell) (local.get $end)))
        (local.set $cell (i32.add (local.get $cell) (i32.const 4)))
        ;; Replace or keep: the upper left cell. Insert or delete: the one to the left or above, which beyond the band
        ;; still is far.
        (local.set $value (i32.add (local.get $diagonal)
          (i32.ne (local.get $point) (i32.load (local.get $letter)))))
        (local.set $diagonal (i32.load (local.get $cell)))
        (local.set $left (call $min
          (local.get $value)
          (i32.add (call $min (local.get $left) (local.get $diagonal)) (i32.const 1))))
        (i32.store (local.get $cell) (local.get $left))
        (local.set $least (call $min (local.get $least) (local.get $left)))
        (local.set $letter (i32.add (local.get $letter) (i32.const 4)))
        (br $next)))
    (local.get $least))

  ;; Is the text from $at to $end, which has $count code points, at most $limit edits away?
  (func $within (param $count i32) (param $limit i32) (result i32)
    (local $row i32)
    (call $first_row (local.get $limit))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $row) (local.get $count)))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (br_if $next (i32.le_u
          (call $next_row
            (call $point)
            (local.get $row)
            (call $max (i32.const 1)
              (i32.sub (local.get $row) (call $min (local.get $row) (local.get $limit))))
            (call $min (global.get $chars) (i32.add (local.get $row) (local.get $limit))))
          (local.get $limit)))
        (return (i32.const 0))))
    ;; The last cell is the distance.
    (i32.le_u
      (i32.load (i32.add (global.get $cells) (i32.shl (global.get $chars) (i32.const 2))))
      (local.get $limit)))

  (func (export "filter") (param $ctx i64) (result i32)
    (local $count i32) (local $longer i32) (local $shorter i32)
    (if (i32.eqz (global.get $row)) (then (call $read_parameters)))
    (if (i32.lt_s (global.get $limit) (i32.const 0)) (then (return (i32.const 0))))
    (if (i32.eqz (call $read_row (local.get $ctx))) (then (return (i32.const 0))))
    (local.set $count (call $count))
    (local.set $longer (call $max (local.get $count) (global.get $chars)))
    (local.set $shorter (call $min (local.get $count) (global.get $chars)))
    (if (i32.gt_u (i32.sub (local.get $longer) (local.get $shorter)) (global.get $limit))
      (then (return (i32.const 0))))
    (if (i32.eqz (local.get $shorter)) (then (return (i32.const 1))))
    (call $within (local.get $count) (call $min (global.get $limit) (local.get $longer)))))
