; Tables are sections; keys of the file and of its tables are properties.

(table . [(bare_key) (dotted_key)] @name) @definition.section
(table . (quoted_key) @name (#set! trim)) @definition.section
(table_array_element . [(bare_key) (dotted_key)] @name) @definition.section
(table_array_element . (quoted_key) @name (#set! trim)) @definition.section

(document (pair . [(bare_key) (dotted_key)] @name) @definition.property)
(document (pair . (quoted_key) @name) @definition.property (#set! trim))
(table (pair . [(bare_key) (dotted_key)] @name) @definition.property)
(table (pair . (quoted_key) @name) @definition.property (#set! trim))
(table_array_element (pair . [(bare_key) (dotted_key)] @name) @definition.property)
(table_array_element (pair . (quoted_key) @name) @definition.property (#set! trim))
