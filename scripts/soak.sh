#!/usr/bin/env bash
# The tests that get better with time, of the index and of what sessions share: each goes on for QUIDDITCH_SOAK
# seconds (120). The extension is built with fault points, for crashes at each log record; `make test` and `make demo`
# build it without them again.
# QUIDDITCH_SEED repeats a run, as far as threads allow.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
export RUST_TEST_NOCAPTURE=1 FEATURES=fault-points QUIDDITCH_SOAK=${QUIDDITCH_SOAK:-120}
export INTEGRATION=${INTEGRATION:---test oracle --test crash --test concurrency --test standby --test damage --test full --test monitoring}
exec "$repo/scripts/test.sh" integration
