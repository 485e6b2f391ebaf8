package org.acme.store;

import java.util.List;
//               ^^^^ import java.util.List
import java.util.function.*;
//                        ^ import java.util.function.*
import static org.acme.store.Keys.DEFAULT;
//                                ^^^^^^^ import org.acme.store.Keys.DEFAULT

/**
 * Keeps entries on disk.
 */
@Deprecated
public class Archive<K extends Comparable<K>> extends Base<K> implements Store, java.io.Closeable {
//           ^^^^^^^ definition.class Archive
//           ^^^^^^^ doc Keeps entries
//                                                    ^^^^ reference.implements in Archive
//                                                                       ^^^^^ reference.implements in Archive
//                                                                                      ^^^^^^^^^ reference.implements in Archive on java.io
    /** Largest page. */
    public static final int LIMIT = 4096;
    //                      ^^^^^ definition.constant Archive.LIMIT
    //                      ^^^^^ doc Largest page
    private List<K> keys, spare;
    //              ^^^^ definition.field Archive.keys
    //                    ^^^^^ definition.field Archive.spare
    //      ^^^^ reference.type in Archive

    /** Opens a folder. */
    public Archive(Path root) {
    //     ^^^^^^^ definition.constructor Archive.Archive
    //     ^^^^^^^ doc Opens a folder
    //             ^^^^ reference.type in Archive.Archive
        super(root);
        this.keys = load(root);
        //   ^^^^ reference.read in Archive.Archive on this
        //          ^^^^ reference.call in Archive.Archive
        //               ^^^^ !reference
    }

    // Not about the method below.

    @Override
    public <T> T fetch(K key, Function<K, T> read) throws StoreException {
    //           ^^^^^ definition.method Archive.fetch
    //           ^^^^^ !doc
    //                                                    ^^^^^^^^^^^^^^ reference.type in Archive.fetch
        Entry entry = new Entry(key);
        //    ^^^^^ !definition
        //                ^^^^^ reference.call in Archive.fetch
        for (K other : keys) {
            entry.touch(other).flush();
            //    ^^^^^ reference.call in Archive.fetch on entry
            //                 ^^^^^ reference.call in Archive.fetch
            //          ^^^^^ !reference
        }
        keys.forEach(Archive::check);
        //                    ^^^^^ reference.call in Archive.fetch on Archive
        if (entry instanceof Special found) {
        //                   ^^^^^^^ reference.type in Archive.fetch
            Files.delete(found.path());
            //    ^^^^^^ reference.call in Archive.fetch on Files
            //           ^^^^^ !reference
        }
        Runnable later = new Runnable() {
        //                   ^^^^^^^^ reference.implements in Archive.fetch
            public void run() { sweep(); }
        };
        return read.apply(key);
    }

    /** A point in a page. */
    public record Point(int page, @NonNull String name) implements Comparable<Point> {
    //            ^^^^^ definition.class Archive.Point
    //                      ^^^^ definition.field Archive.Point.page
    //                                            ^^^^ definition.field Archive.Point.name
    //                             ^^^^^^^ reference.macro in Archive.Point
        public Point {
        //     ^^^^^ definition.constructor Archive.Point.Point
            check(page);
        }
    }

    enum State implements Named {
    //   ^^^^^ definition.enum Archive.State
        /** Nothing yet. */
        EMPTY,
        // <- definition.member Archive.State.EMPTY
        // <- doc Nothing yet
        FULL(3) { @Override int size() { return LIMIT; } };
        // <- definition.member Archive.State.FULL
        //                                      ^^^^^ reference.read
    }

    @interface Marked {
    //         ^^^^^^ definition.interface Archive.Marked
        String value() default "";
        //     ^^^^^ definition.method Archive.Marked.value
    }

    class Cursor {}
    //    ^^^^^^ definition.class Archive.Cursor
}

interface Store extends Named {
//        ^^^^^ definition.interface Store
//                      ^^^^^ reference.implements in Store
    int SIZE = 3;
    //  ^^^^ definition.constant Store.SIZE
    void close();
    //   ^^^^^ definition.method Store.close
    //   ^^^^^ signature void close()
}

class ArchiveTest {
//    ^^^^^^^^^^^ test
    @Test
    void opens() { new Archive<>(null); }
    //   ^^^^^ test
    //   ^^^^^ signature @Test void opens()
}

class Plain {
//    ^^^^^ !test
    @org.junit.jupiter.api.Test void nothing() {}
    //                               ^^^^^^^ test
    void helper() {}
    //   ^^^^^^ !test
}
