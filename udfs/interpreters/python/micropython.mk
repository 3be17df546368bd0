# Makes the headers that MicroPython generates from its sources and ours, below genhdr/ in the directory BUILD.
include $(MICROPYTHON)/py/mkenv.mk
include $(TOP)/py/py.mk

MICROPY_ROM_TEXT_COMPRESSION = 0
SRC_QSTR += extmod/modjson.c extmod/modre.c extmod/modheapq.c shared/runtime/gchelper_generic.c
SRC_QSTR += exports.c failure.c heap.c module.c output.c signature.c sort.c text.c typing.c
CFLAGS += -I. -I$(TOP) -I$(BUILD) -std=gnu11 -Dexport_name=unused -Dimport_module=unused -Dimport_name=unused

headers: $(addprefix $(BUILD)/genhdr/, moduledefs.h mpversion.h qstrdefs.generated.h root_pointers.h)
.PHONY: headers

include $(TOP)/py/mkrules.mk
