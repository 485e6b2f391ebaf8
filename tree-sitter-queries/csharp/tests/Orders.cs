using System;
//    ^^^^^^ import System as System
using static System.Math;
//           ^^^^^^^^^^^ import System.Math as Math
using Json = Newtonsoft.Json.Linq;
//           ^^^^^^^^^^^^^^^^^^^^ import Newtonsoft.Json.Linq as Json

namespace Acme.Orders;
//             ^^^^^^ definition.namespace Acme.Orders

/// <summary>Keeps orders.</summary>
// <- chunk.start Acme.Orders.OrderBook
[Serializable]
//^^^^^^^^^^ reference.macro in Acme.Orders.OrderBook
public partial class OrderBook<T> : BookBase<T>, IDisposable, Storage.IStore
//                   ^^^^^^^^^ definition.class Acme.Orders.OrderBook
//                   ^^^^^^^^^ doc Keeps orders.
//                                  ^^^^^^^^ reference.implements in Acme.Orders.OrderBook
//                                               ^^^^^^^^^^^ reference.implements in Acme.Orders.OrderBook
//                                                                    ^^^^^^ reference.implements in Acme.Orders.OrderBook on Storage
    where T : IOrder, new()
//            ^^^^^^ reference.type in Acme.Orders.OrderBook
{
    private const int MaxOrders = 100;
//                    ^^^^^^^^^ definition.constant Acme.Orders.OrderBook.MaxOrders
    private readonly List<Order> _orders = new(), _late;
//                   ^^^^ reference.type in Acme.Orders.OrderBook
//                        ^^^^^ reference.type in Acme.Orders.OrderBook
//                               ^^^^^^^ definition.field Acme.Orders.OrderBook._orders
//                                                ^^^^^ definition.field Acme.Orders.OrderBook._late
    public event EventHandler Changed;
//                            ^^^^^^^ definition.property Acme.Orders.OrderBook.Changed
    public string Name { get; set; } = "book";
//                ^^^^ definition.property Acme.Orders.OrderBook.Name
    public int Count => _orders.Count;
//             ^^^^^ definition.property Acme.Orders.OrderBook.Count
//                      ^^^^^^^ reference.read in Acme.Orders.OrderBook
    public Order this[int index] => _orders[index];
//               ^^^^ definition.property Acme.Orders.OrderBook.this
//                                          ^^^^^ !reference
    public OrderBook(string name) : base(name) { Name = name; }
//         ^^^^^^^^^ definition.constructor Acme.Orders.OrderBook.OrderBook
//                                               ^^^^ reference.read in Acme.Orders.OrderBook.OrderBook
//                                                      ^^^^ !reference
    ~OrderBook() { Dispose(); }
//   ^^^^^^^^^ definition.method Acme.Orders.OrderBook.OrderBook
//                 ^^^^^^^ reference.call in Acme.Orders.OrderBook.OrderBook
    public static OrderBook<T> operator +(OrderBook<T> left, Order right) => left;
//                                      ^ definition.method Acme.Orders.OrderBook.+

    /// <summary>Sends an order.</summary>
    [Obsolete("use SendAll")]
//   ^^^^^^^^ reference.macro in Acme.Orders.OrderBook.SendAsync
    public async Task<int> SendAsync(Order order, params int[] codes)
//                         ^^^^^^^^^ definition.method Acme.Orders.OrderBook.SendAsync
//                         ^^^^^^^^^ doc Sends an order.
//                         ^^^^^^^^^ signature [Obsolete("use SendAll")] public async Task<int> SendAsync(Order order, params int[] codes)
//                                   ^^^^^ reference.type in Acme.Orders.OrderBook.SendAsync
    {
        var receipt = new Receipt(order) { Total = 1 };
//          ^^^^^^^ !definition
//                        ^^^^^^^ reference.call in Acme.Orders.OrderBook.SendAsync
        foreach (var code in codes) Use(code);
//                                  ^^^ reference.call in Acme.Orders.OrderBook.SendAsync
//                                      ^^^^ !reference
        if (order is Refund refund && Clock.Now<int>(refund)) receipt?.Print();
//                   ^^^^^^ reference.type in Acme.Orders.OrderBook.SendAsync
//                                    ^^^^^ reference.type in Acme.Orders.OrderBook.SendAsync
//                                          ^^^ reference.call in Acme.Orders.OrderBook.SendAsync on Clock
//                                                   ^^^^^^ !reference
//                                                                     ^^^^^ reference.call in Acme.Orders.OrderBook.SendAsync on receipt
        try { await base.SendAsync(order); } catch (StoreException failure) { Log(nameof(failure)); }
//                       ^^^^^^^^^ reference.call in Acme.Orders.OrderBook.SendAsync on base
//                                                  ^^^^^^^^^^^^^^ reference.type in Acme.Orders.OrderBook.SendAsync
        int Twice(int n) => n * 2;
//          ^^^^^ definition.function Acme.Orders.OrderBook.SendAsync.Twice
        return int.TryParse(receipt.Text, out var parsed) ? Twice(parsed) : 0;
//                                  ^^^^ reference.read in Acme.Orders.OrderBook.SendAsync on receipt
//                                                                ^^^^^^ !reference
    }

    void IDisposable.Dispose() { }
//                   ^^^^^^^ definition.method Acme.Orders.OrderBook.Dispose
    public enum State { Open, Closed = 2 }
//              ^^^^^ definition.enum Acme.Orders.OrderBook.State
//                            ^^^^^^ definition.member Acme.Orders.OrderBook.State.Closed
    public delegate int Rule(Order order);
//                      ^^^^ definition.type Acme.Orders.OrderBook.Rule
}

public record Customer(string First, int Age) : IPerson;
//            ^^^^^^^^ definition.class Acme.Orders.Customer
//                            ^^^^^ definition.property Acme.Orders.Customer.First
public readonly record struct Money(decimal Amount);
//                            ^^^^^ definition.struct Acme.Orders.Money
public interface IShape : IThing { double Area(); }
//               ^^^^^^ definition.interface Acme.Orders.IShape
//                                        ^^^^ definition.method Acme.Orders.IShape.Area
public static class TextExtensions
{
    public static int WordCount(this string text) => text.Split(' ').Length;
//                    ^^^^^^^^^ definition.method Acme.Orders.TextExtensions.WordCount
//                                                        ^^^^^ reference.call in Acme.Orders.TextExtensions.WordCount on text
}

[TestFixture]
public class OrderBookTests
//           ^^^^^^^^^^^^^^ test
{
    [Test] public void Sends() { Assert.That(1); }
//                     ^^^^^ definition.method Acme.Orders.OrderBookTests.Sends
//                     ^^^^^ test
    [Xunit.Fact] public void Keeps() { }
//                           ^^^^^ test
}
