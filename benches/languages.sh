#!/usr/bin/env bash
# Measures UDFs in every language there is, over 100,000 of the documents that run.sh measures on. Prints two Markdown tables:
# string_distance in each language, for each build or source below udfs/string_distance, and scripts beside PL/Python.
#   ROUNDS=3   how often each query is run; the fastest counts
# shellcheck source=benches/lib.sh
. "$(dirname "$0")/lib.sh"
shopt -s nullglob
fresh_database "${ROWS:-100000}"
psql -f benches/languages.sql
document='{"name": "wireless keyboard 18", "price": 101, "stock": 6}'
distance='{"field": "name", "target": "wireless keyboard 17"}'

# The source or module of a UDF in base64, which neither psql nor the shell changes.
encoded() { base64 -w0 "$1"; }
# register_distance LANGUAGE FILE: registers string_distance as that file has it, prints its name. Through standard input, as
# Go's modules are longer than arguments may be.
register_distance() {
  case $2 in
    *.py) echo "SELECT quidditch.register_python(convert_from(decode('$(encoded "$2")', 'base64'), 'UTF8')) ->> 'name'" ;;
    *.js) echo "SELECT quidditch.register_javascript(convert_from(decode('$(encoded "$2")', 'base64'), 'UTF8')) ->> 'name'" ;;
    *) echo "SELECT quidditch.register_udf('string_distance_$1', '1.0.0', decode('$(encoded "$2")', 'base64'),
         \$m\$$(cat udfs/string_distance/udf.json)\$m\$::jsonb -> 'metadata') ->> 'name'" ;;
  esac | psql -At
}

# fresh NAME: a new instance and its first call.
fresh() { psql -At -c "SELECT bench_fresh_us('$1', '$distance')"; }

bare=$(milliseconds "SELECT count(*) FROM docs WHERE id > 0")
levenshtein=$(milliseconds "SELECT count(*) FROM docs WHERE levenshtein(doc->>'name', 'wireless keyboard 17') <= 2")
printf '\n%s, %s rows, best of %s\n\n' "string_distance on 20 characters in each language" "$rows" "$rounds"
row4() { printf '| %-16s | %10s | %23s | %17s | %13s | %17s |\n' "$@"; }
row4 "language" "size" "first call of a backend" "instance and call" "call" "÷ \`levenshtein()\`"
row4 "---" "---:" "---:" "---:" "---:" "---:"
row4 "(fuzzystrmatch)" "" "" "" "$(nanoseconds "$levenshtein" "$bare" "$rows") ns" "1"
for file in udfs/string_distance/string_distance.wasm udfs/string_distance/*/string_distance.{wasm,py,js}; do
  language=$(basename "$(dirname "$file")")
  [ "$language" != string_distance ] || language=rust
  name=$(register_distance "$language" "$file")
  took=$(milliseconds "SELECT count(*) FROM docs WHERE doc @@@ wasm_udf('$name', '$distance')" 3)
  row4 "$language" "$(wc -c <"$file")" "$(first_call "$name" "$document" "$distance") ms" "$(fresh "$name") µs" \
    "$(nanoseconds "$took" "$bare" "$rows") ns" \
    "$(awk -v a="$took" -v b="$levenshtein" -v c="$bare" 'BEGIN { printf "%.2f", (a - c) / (b - c) }')"
done

microseconds() { awk -v a="$1" -v b="$bare" -v n="$rows" 'BEGIN { printf "%.2f", (a - b) * 1e3 / n }'; }
python=$(milliseconds "SELECT count(*) FROM docs WHERE doc @@@ wasm_udf('bench_python')")
javascript=$(milliseconds "SELECT count(*) FROM docs WHERE doc @@@ wasm_udf('bench_javascript')")
printf '\nThree fields and one operation on a string, %s rows, best of %s\n\n' "$rows" "$rounds"
row "measured" "result" "target"
row "---" "---:" "---:"
row "Python, warm call above a bare scan" "$(microseconds "$python") µs" "≤ 5 µs"
row "JavaScript, warm call above a bare scan" "$(microseconds "$javascript") µs" "≤ 6 µs"
if psql -At -c "SELECT bench_plpython()" >/dev/null 2>&1; then
  text=$(milliseconds "SELECT count(*) FROM docs WHERE bench_plpython_text(doc::text)")
  transformed=$(milliseconds "SELECT count(*) FROM docs WHERE bench_plpython_jsonb(doc)")
  row "PL/Python, \`json.loads\` of the text" "$(microseconds "$text") µs" ""
  row "PL/Python, \`TRANSFORM FOR TYPE jsonb\`" "$(microseconds "$transformed") µs" ""
  row "Python ÷ the faster one" "$(awk -v a="$python" -v b="$text" -v c="$transformed" -v d="$bare" \
    'BEGIN { printf "%.2f", (a - d) / ((b < c ? b : c) - d) }')" "≤ 1.2"
else
  echo "PL/Python isn't here to compare with: scripts/install-deps.sh bench installs it" >&2
fi
row "Python, first call in a new backend, warm code cache" "$(first_call bench_python "$document") ms" "≤ 5 ms"
row "JavaScript, first call in a new backend, warm code cache" "$(first_call bench_javascript "$document") ms" "≤ 5 ms"
