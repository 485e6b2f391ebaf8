<p>Before the code</p>
<?php

namespace App\Models;
//            ^^^^^^ definition.namespace App::Models

use App\Contracts\Store as StoreContract;
//                ^^^^^ import App\Contracts.Store as StoreContract
use App\Support\{Clock, Name as Label};
//               ^^^^^ import App\Support.Clock
//                      ^^^^ import App\Support.Name as Label

/** Largest page. */
const LIMIT = 4096;
//    ^^^^^ definition.constant App::Models::LIMIT
//    ^^^^^ doc Largest page
define('LEGACY', 2);
//      ^^^^^^ definition.constant App::Models::LEGACY

/**
 * A user of the store.
 */
#[Entity(table: 'users')]
abstract class User extends Base implements StoreContract, \JsonSerializable
//             ^^^^ definition.class App::Models::User
//             ^^^^ doc A user of the store
//                          ^^^^ reference.implements in App::Models::User
//                                          ^^^^^^^^^^^^^ reference.implements in App::Models::User
//                                                          ^^^^^^^^^^^^^^^^ reference.implements in App::Models::User
{
    use Dated, Named;
    //  ^^^^^ reference.implements in App::Models::User
    //         ^^^^^ reference.implements in App::Models::User

    public const MAX = 3, MIN = 1;
    //           ^^^ definition.constant App::Models::User::MAX
    //                    ^^^ definition.constant App::Models::User::MIN

    /** How many there are. */
    private static ?int $count = 0;
    //                   ^^^^^ definition.property App::Models::User::count
    //                   ^^^^^ doc How many

    public function __construct(private readonly Clock $clock, int $limit = LIMIT)
    //              ^^^^^^^^^^^ definition.constructor App::Models::User::__construct
    //                                                  ^^^^^ definition.property
    //                                           ^^^^^ reference.type in App::Models::User
    //                                                              ^^^^^ !definition
    {
        parent::__construct();
        //      ^^^^^^^^^^^ reference.call in App::Models::User::__construct on parent
        $this->load($limit)->flush();
        //     ^^^^ reference.call in App::Models::User::__construct on $this
        //                   ^^^^^ reference.call in App::Models::User::__construct
        //           ^^^^^ !reference
    }

    // Makes one.
    public static function make(string $name): static
    //                     ^^^^ definition.method App::Models::User::make
    //                     ^^^^ doc Makes one
    //                     ^^^^ signature public static function make(string $name): static
    {
        $found = Registry::find($name);
//       ^^^^^ !definition
        //                 ^^^^ reference.call in App::Models::User::make on Registry
        //       ^^^^^^^^ reference.type in App::Models::User::make
        if ($found instanceof Missing) {
        //                    ^^^^^^^ reference.type in App::Models::User::make
            throw new NotFound(self::MAX);
            //        ^^^^^^^^ reference.call in App::Models::User::make
            //                       ^^^ reference.read in App::Models::User::make on self
        }
        $each = fn($entry) => $entry?->label ?? helper($entry);
        //                             ^^^^^ reference.read in App::Models::User::make
        //                                      ^^^^^^ reference.call in App::Models::User::make
        $text = <<<TEXT
            class Fake { function nothing() {} }
            //    ^^^^ !definition
            TEXT;
        return new class extends Proxy {
        //                       ^^^^^ reference.implements in App::Models::User::make
            public function name() { return 'x'; }
        };
    }
}

interface Store extends Closable {}
//        ^^^^^ definition.interface App::Models::Store
//                      ^^^^^^^^ reference.implements in App::Models::Store

trait Dated
//    ^^^^^ definition.trait App::Models::Dated
{
    abstract public function date();
    //                       ^^^^ definition.method App::Models::Dated::date
}

enum Suit: string
//   ^^^^ definition.enum App::Models::Suit
{
    case Hearts = 'H';
    //   ^^^^^^ definition.member App::Models::Suit::Hearts
}

function helper(?Clock $clock): ?string
//       ^^^^^^ definition.function App::Models::helper
//               ^^^^^ reference.type in App::Models::helper
{
    return \Deep\format($clock);
    //           ^^^^^^ reference.call in App::Models::helper on Deep
}

class UserTest extends TestCase
//    ^^^^^^^^ test
{
    public function testName(): void {}
    //              ^^^^^^^^ test
}
