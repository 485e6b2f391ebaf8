package store

import "testing"

func TestOpen(t *testing.T) {
//   ^^^^^^^^ test
//   ^^^^^^^^ definition.function TestOpen
	cases := []struct{ name, want string }{{"a", "b"}}
	//                 ^^^^ !definition
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { Open(c.want) })
		//                                 ^^^^ reference.call in TestOpen
	}
}

func BenchmarkOpen(b *testing.B) {}
//   ^^^^^^^^^ test

func ExampleStore_Close() {}
//   ^^^^^^^ test

func Testify(t *testing.T) {}
//   ^^^^^^^ !test

func TestHelper(path string) {}
//   ^^^^^^^^^^ !test

func (s *suite) TestClose() {}
//              ^^^^^^^^^ test
