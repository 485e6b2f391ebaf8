# syntax=docker/dockerfile:1

# Which compiler.
ARG GO=1.20
#   ^^ definition.variable GO
#   ^^ doc Which compiler

# Builds the server.
# <- chunk.start build
FROM golang:${GO} AS build
#                    ^^^^^ definition.module build
#                    ^^^^^ doc Builds the server
#             ^^ reference.read in build
#    ^^^^^^ reference.type in build
WORKDIR /src
ENV CGO_ENABLED=0 GOOS=linux
#   ^^^^^^^^^^^ definition.constant CGO_ENABLED
#                 ^^^^ definition.constant GOOS
RUN go build -o /out ./... && \
    echo done

FROM build AS test
#    ^^^^^ reference.type in test
#             ^^^^ definition.module test
RUN go test ./...
