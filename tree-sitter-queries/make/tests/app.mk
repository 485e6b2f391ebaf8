include config.mk rules/c.mk
#       ^^^^^^^^^ import config.mk
#                 ^^^^^^^^^^ import rules/c.mk
CC ?= gcc
# <- definition.constant CC
override CFLAGS := -O2
#        ^^^^^^ definition.constant CFLAGS
objects = a.o b.o
# <- definition.variable objects
define banner
#      ^^^^^^ definition.macro banner
@echo hi
endef

ifeq ($(OS),Linux)
extra: all
# <- definition.function extra
endif

.PHONY: all clean
# <- !definition
#       ^^^ reference.read

# Builds everything.
# <- chunk.start all
all: build | dir
# <- definition.function all
# <- doc Builds everything
#    ^^^^^ reference.read in all
	@$(CC) $(CFLAGS) -o app $(objects)
#         ^^^^^^ reference.read in all
#                          ^^^^^^^ reference.read in all
	$(MAKE) -C sub
#  ^^^^ !reference

build clean: prepare
# <- definition.function build
#     ^^^^^ definition.function clean
	rm -f app
