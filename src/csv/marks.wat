;; Finds the bytes that mean something in CSV, 64 at a time. marks.ts says what a mark is, and runs this.
;;
;; In memory: a piece of 65,536 bytes at most, and one more that marks which are too many look at; from 65,600 on its marks.

(module
  (memory (export "memory") 6)

  (func (export "mark")
    (param $length i32)    ;; of the piece
    (param $offset i32)    ;; added to every place
    (param $beyond i32)    ;; 1 if bytes beyond ASCII have come since the last mark of the piece before
    (param $delimiter i32)
    (param $quote i32)
    (param $escape i32)
    (result i32)           ;; the number of marks; behind the last one stands $beyond for the next piece

    (local $at i32)        ;; where the 64 bytes begin
    (local $left i32)      ;; how many bytes are left
    (local $special i64)   ;; a bit for each byte that means something
    (local $high i64)      ;; a bit for each byte beyond ASCII
    (local $lowest i64)    ;; the number of the lowest bit that is set
    (local $below i64)     ;; the bits below it
    (local $place i32)
    (local $out i32)       ;; where the next mark goes
    (local $end i32)       ;; behind the marks of the 64 bytes
    (local $stop i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $delimiters v128) (local $quotes v128) (local $escapes v128) (local $feeds v128) (local $returns v128)

    (local.set $delimiters (i8x16.splat (local.get $delimiter)))
    (local.set $quotes (i8x16.splat (local.get $quote)))
    (local.set $escapes (i8x16.splat (local.get $escape)))
    (local.set $feeds (i8x16.splat (i32.const 10)))
    (local.set $returns (i8x16.splat (i32.const 13)))
    (local.set $out (i32.const 65600))

    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
        (local.set $a (v128.load (local.get $at)))
        (local.set $b (v128.load offset=16 (local.get $at)))
        (local.set $c (v128.load offset=32 (local.get $at)))
        (local.set $d (v128.load offset=48 (local.get $at)))
        (local.set $high
          (i64.or
            (i64.or
              (i64.extend_i32_u (i8x16.bitmask (local.get $a)))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $b))) (i64.const 16)))
            (i64.or
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $c))) (i64.const 32))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $d))) (i64.const 48)))))

        ;; Of each sixteen the special bytes become bytes of ones.
        (local.set $a
          (v128.or
            (v128.or (i8x16.eq (local.get $a) (local.get $delimiters)) (i8x16.eq (local.get $a) (local.get $quotes)))
            (v128.or
              (i8x16.eq (local.get $a) (local.get $escapes))
              (v128.or (i8x16.eq (local.get $a) (local.get $feeds)) (i8x16.eq (local.get $a) (local.get $returns))))))
        (local.set $b
          (v128.or
            (v128.or (i8x16.eq (local.get $b) (local.get $delimiters)) (i8x16.eq (local.get $b) (local.get $quotes)))
            (v128.or
              (i8x16.eq (local.get $b) (local.get $escapes))
              (v128.or (i8x16.eq (local.get $b) (local.get $feeds)) (i8x16.eq (local.get $b) (local.get $returns))))))
        (local.set $c
          (v128.or
            (v128.or (i8x16.eq (local.get $c) (local.get $delimiters)) (i8x16.eq (local.get $c) (local.get $quotes)))
            (v128.or
              (i8x16.eq (local.get $c) (local.get $escapes))
              (v128.or (i8x16.eq (local.get $c) (local.get $feeds)) (i8x16.eq (local.get $c) (local.get $returns))))))
        (local.set $d
          (v128.or
            (v128.or (i8x16.eq (local.get $d) (local.get $delimiters)) (i8x16.eq (local.get $d) (local.get $quotes)))
            (v128.or
              (i8x16.eq (local.get $d) (local.get $escapes))
              (v128.or (i8x16.eq (local.get $d) (local.get $feeds)) (i8x16.eq (local.get $d) (local.get $returns))))))
        (local.set $special
          (i64.or
            (i64.or
              (i64.extend_i32_u (i8x16.bitmask (local.get $a)))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $b))) (i64.const 16)))
            (i64.or
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $c))) (i64.const 32))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $d))) (i64.const 48)))))

        ;; What stands behind the piece was left there by another one.
        (local.set $left (i32.sub (local.get $length) (local.get $at)))
        (if (i32.lt_u (local.get $left) (i32.const 64))
          (then
            (local.set $below
              (i64.sub (i64.shl (i64.const 1) (i64.extend_i32_u (local.get $left))) (i64.const 1)))
            (local.set $special (i64.and (local.get $special) (local.get $below)))
            (local.set $high (i64.and (local.get $high) (local.get $below)))))

        (local.set $end
          (i32.add (local.get $out) (i32.shl (i32.wrap_i64 (i64.popcnt (local.get $special))) (i32.const 2))))
        (if (i64.eqz (i64.or (local.get $high) (i64.extend_i32_u (local.get $beyond))))
          (then
            ;; Four marks at a time, also where there are fewer: a processor foresees such a loop, and not one that ends
            ;; with the bits. What is written too much is written over.
            (block $enough
              (loop $four
                (br_if $enough (i32.ge_u (local.get $out) (local.get $end)))
                (local.set $stop (i32.add (local.get $out) (i32.const 16)))
                (loop $each
                  (local.set $place (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $special)))))
                  (i32.store (local.get $out)
                    (i32.or
                      (i32.shl (i32.add (local.get $place) (local.get $offset)) (i32.const 2))
                      (i32.shl (i32.ne (i32.load8_u (local.get $place)) (local.get $delimiter)) (i32.const 1))))
                  (local.set $special (i64.and (local.get $special) (i64.sub (local.get $special) (i64.const 1))))
                  (local.set $out (i32.add (local.get $out) (i32.const 4)))
                  (br_if $each (i32.lt_u (local.get $out) (local.get $stop))))
                (br $four))))
          (else
            (block $enough
              (loop $each
                (br_if $enough (i64.eqz (local.get $special)))
                (local.set $lowest (i64.ctz (local.get $special)))
                (local.set $below (i64.sub (i64.shl (i64.const 1) (local.get $lowest)) (i64.const 1)))
                (local.set $place (i32.add (local.get $at) (i32.wrap_i64 (local.get $lowest))))
                (i32.store (local.get $out)
                  (i32.or
                    (i32.shl (i32.add (local.get $place) (local.get $offset)) (i32.const 2))
                    (i32.or
                      (i32.shl (i32.ne (i32.load8_u (local.get $place)) (local.get $delimiter)) (i32.const 1))
                      (i32.or
                        (local.get $beyond)
                        (i64.ne (i64.and (local.get $high) (local.get $below)) (i64.const 0))))))
                (local.set $beyond (i32.const 0))
                (local.set $high (i64.and (local.get $high) (i64.xor (local.get $below) (i64.const -1))))
                (local.set $special (i64.and (local.get $special) (i64.sub (local.get $special) (i64.const 1))))
                (local.set $out (i32.add (local.get $out) (i32.const 4)))
                (br $each)))
            (local.set $beyond (i32.or (local.get $beyond) (i64.ne (local.get $high) (i64.const 0))))))

        (local.set $out (local.get $end))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $next)))

    (i32.store (local.get $out) (local.get $beyond))
    (i32.shr_u (i32.sub (local.get $out) (i32.const 65600)) (i32.const 2))))
