using var app = Host.Create(args);
//    ^^^ !import
//              ^^^^ reference.type
//                   ^^^^^^ reference.call on Host
app.Run();
//  ^^^ reference.call on app

namespace Acme.Hosting
//             ^^^^^^^ definition.namespace Acme.Hosting
{
    // Starts things.
    class Host
//        ^^^^ definition.class Acme.Hosting.Host
//        ^^^^ doc Starts things.
    {
#if DEBUG
        static void Trace() { }
//                  ^^^^^ definition.method Acme.Hosting.Host.Trace
#endif
        static void Create() { }
//                  ^^^^^^ definition.method Acme.Hosting.Host.Create
//                  ^^^^^^ !test
    }
}
