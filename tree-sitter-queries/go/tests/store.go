// Package store keeps values on disk.
package store

import (
	"context"
	"fmt"
	. "math"
	_ "net/http/pprof"

	yaml "gopkg.in/yaml.v3"
)



// Limit is how many entries a page holds.
const Limit = 4096
//    ^^^^^ definition.constant Limit
//    ^^^^^ doc how many entries

const (
	// StateOpen accepts writes.
	StateOpen = iota
	//^^^^^^^ definition.constant StateOpen
	//^^^^^^^ doc accepts writes
	StateClosed
	//^^^^^^^^^ definition.constant StateClosed
)

var ErrGone, errBusy = fmt.Errorf("gone"), fmt.Errorf("busy")
//  ^^^^^^^ definition.variable ErrGone
//           ^^^^^^^ definition.variable errBusy
//                         ^^^^^^ reference.call in errBusy on fmt

var (
	// registry knows the stores by name.
	registry = map[string]*Store{}
	// ^^^^^ definition.variable registry
	// ^^^^^ doc knows the stores
	//                     ^^^^^ reference.type in registry
)

// Reader is what can be read.
//
// It has two paragraphs.
type Reader interface {
//   ^^^^^^ definition.interface Reader
//   ^^^^^^ doc two paragraphs
//   ^^^^^^ signature type Reader interface
	fmt.Stringer
	//  ^^^^^^^^ reference.implements in Reader on fmt
	Read(ctx context.Context, key string) ([]byte, error)
	// <- definition.method Reader.Read
	//               ^^^^^^^ reference.type in Reader.Read on context
}

type (
	// Store is a folder of values.
	Store struct {
		// <- definition.struct Store
		// <- doc folder of values
		*Cache
		//^^^^ reference.implements in Store
		root, name string
		// <- definition.field Store.root
		//    ^^^^ definition.field Store.name
		options struct {
			sync bool
			// <- definition.field Store.options.sync
		}
	}
	Key = string
	// <- definition.type Key
	Number interface{ ~int | float64 }
	//                       ^^^^^^^ reference.type in Number
)

// Cache forgets the oldest value first.
type Cache[K comparable, V any] struct {
//   ^^^^^ definition.struct Cache
//   ^^^^^ doc forgets the oldest
	items map[K]V
	// <- definition.field Cache.items
	//        ^ !reference
}

// Put keeps a value.
func (c *Cache[K, V]) Put(key K, value V) {
//                    ^^^ definition.method Cache.Put
//                    ^^^ signature func (c *Cache[K, V]) Put(key K, value V)
//                    ^^^ doc keeps a value
	//                                 ^ !reference
	c.items[key] = value
	//^^^^^ reference.read in Cache.Put on c
}

func (Store) Close() error { return nil }
//           ^^^^^ definition.method Store.Close

// Open reads a store's settings.
// <- chunk.start Open
func Open(path string) (*Store, error) {
//   ^^^^ definition.function Open
	settings := new(Store)
	//          ^^^ reference.call in Open
	if err := yaml.Unmarshal(nil, settings); err != nil {
	//             ^^^^^^^^^ reference.call in Open on yaml
		//                        ^^^^^^^^ !reference
		return nil, ErrGone
		//          ^^^^^^^ reference.read in Open
	}
	load := func(depth int) float64 { return Sqrt(float64(depth)) }
	//^^ !definition
	//                                       ^^^^ reference.call in Open
	for i, entry := range settings.list() {
	//                             ^^^^ reference.call in Open on settings
		_ = Map[string, int](entry, i)
		//  ^^^ reference.call in Open
	}
	var local = load(1)
	//  ^^^^^ !definition
	const inner = 2
	//    ^^^^^ !definition
	return &Store{root: path, name: fmt.Sprint(local, inner)}, nil
	//      ^^^^^ reference.type in Open
}

func (s *Store) list() []string { return nil }

var _ fmt.Stringer = (*Store)(nil)
//  ^ !definition
//        ^^^^^^^^ reference.type on fmt
