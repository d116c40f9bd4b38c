export declare function exercise(tickerforest: object, testing: object): Promise<string>;
